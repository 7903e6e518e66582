/** AWS Identity and Access Management: roles, users, groups, policies; what identity/ evaluates is kept here. */
import type { OperationName } from "../../aws.ts";
import { type Authorization, defineService, type Operation, type OperationContext, type Service } from "../../service.ts";
import { authorizeAll } from "./authorize.ts";
import { iamOperations } from "./operations/index.ts";
import { iamResources } from "./resources/index.ts";
import { readers } from "./resources/readers.ts";

const reads = /^(Get|List|Simulate)/;

/** All that a call writes is written at once, or not at all; the handlers are synchronous so that it can be. */
const whole =
  <O extends OperationName<"iam">>(name: string, handler: Operation<"iam", O>): Operation<"iam", O> =>
  (input, context) =>
    reads.test(name) ? handler(input, context) : context.cloud.store.transaction(() => handler(input, context));

export const iam = defineService<"iam">({
  id: "iam",
  operations: Object.fromEntries(
    Object.entries(iamOperations).map(([name, handler]) => [name, whole(name, handler as Operation<"iam", "GetRole">)]),
  ) as Service<"iam">["operations"],
  authorize: authorizeAll(Object.keys(iamOperations)) as Record<string, (input: never, context: OperationContext) => Authorization[]>,
  readers,
  resources: iamResources,
});
