/** What operations that name resources of their service ask of policies. */
import type { Authorization, OperationContext } from "./service.ts";

/**
 * For the `authorize` of a service whose resources have names in lower case: the action, on the ARN of each resource that the
 * input names. A name may be the ARN itself.
 */
export function onNamed<Kind extends string>(service: string, arnOf: (context: OperationContext, kind: Kind, name: string) => string) {
  return (context: OperationContext, operation: string, ...resources: [Kind, string | undefined][]): Authorization[] =>
    resources.flatMap(([kind, name]) =>
      name === undefined
        ? []
        : [{ action: `${service}:${operation}`, resource: name.startsWith("arn:") ? name : arnOf(context, kind, name.toLowerCase()) }],
    );
}
