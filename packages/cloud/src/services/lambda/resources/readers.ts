/** How functions and their permissions are read again. */
import type { Readers } from "../../../resource.ts";

export const readers: Readers = {
  "AWS::Lambda::Alias": ({ call, properties: { FunctionName, Name } }) => call("lambda", "GetAlias", { FunctionName, Name }),
  "AWS::Lambda::EventSourceMapping": ({ call, physicalId: UUID }) => call("lambda", "GetEventSourceMapping", { UUID }),
  "AWS::Lambda::Function": async ({ call, physicalId: FunctionName }) => ({
    ...(await call("lambda", "GetFunctionConfiguration", { FunctionName })),
    // Its code is given in one of several ways, and told by its digest only.
    Code: undefined,
  }),
  "AWS::Lambda::Permission": async ({ call, physicalId, properties: { FunctionName } }) => {
    const { Policy = "{}" } = await call("lambda", "GetPolicy", { FunctionName });
    const { Statement = [] } = JSON.parse(Policy) as { Statement?: { Sid?: string; Action?: string }[] };
    const found = Statement.find(({ Sid }) => Sid === physicalId);
    return found && { Action: found.Action };
  },
};
