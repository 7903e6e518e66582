/** What every new role, user, group, policy and profile begins with. */
import type { OperationContext } from "../../service.ts";

const prefixes = { role: "AROA", user: "AIDA", group: "AGPA", policy: "ANPA", "instance-profile": "AIPA" } as const;

/** Name, id, path, ARN and time of something new. */
export const newEntity = (context: OperationContext, kind: keyof typeof prefixes, name: string, path: string) => ({
  name,
  id: prefixes[kind] + context.cloud.world.random.text(17, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
  path,
  arn: `arn:aws:iam::${context.account}:${kind}${path}${name}`,
  createdMs: context.cloud.world.clock.nowMs(),
});
