/** In a cloud for test suites, a call that starts work on a stack answers when that has ended, or when patience has. */
import type { OperationName } from "../../aws.ts";
import { engineOf } from "../../cloudformation/engine.ts";
import { findStack } from "../../cloudformation/stack.ts";
import type { Operation } from "../../service.ts";

/** The operation, followed by up to `cloud.patienceMs` of waiting for the stack that it names. */
export function settling<O extends OperationName<"cloudformation">>(
  handler: Operation<"cloudformation", O>,
): Operation<"cloudformation", O> {
  return async (input, context) => {
    const { cloud, region, signal } = context;
    const { StackName: name } = input as { StackName?: string };
    // A deleted stack is no longer found by its name: it is looked up before.
    const before = cloud.patienceMs > 0 && name !== undefined ? findStack(cloud.store, region, name) : undefined;
    const output = await handler(input, context);
    const stack = cloud.patienceMs > 0 && name !== undefined ? (findStack(cloud.store, region, name) ?? before) : undefined;
    if (stack) {
      const over = new AbortController();
      const patience = cloud.world.clock.sleep(cloud.patienceMs, AbortSignal.any([signal, over.signal])).catch(() => {});
      await Promise.race([engineOf(cloud).settled(stack.uuid), patience]);
      over.abort();
    }
    return output;
  };
}
