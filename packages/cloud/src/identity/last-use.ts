/** When a user's access key was last used, for GetAccessKeyLastUsed. */
import type { OperationContext } from "../service.ts";
import { users } from "./entities.ts";
import type { Principal } from "./principal.ts";

/** A use is written once in this time, so that calls do not each cost a write; AWS is no finer. */
const everyMs = 15 * 60_000;

const written = Symbol("last uses written");

export function noteUse(
  { cloud, region }: Pick<OperationContext, "cloud" | "region">,
  { accessKeyId, userName }: Extract<Principal, { kind: "user" }>,
  service: string,
): void {
  if (accessKeyId === undefined) return;
  const known = cloud.memory(written, () => new Map<string, number>());
  const atMs = cloud.world.clock.nowMs();
  if (atMs - (known.get(accessKeyId) ?? -everyMs) < everyMs) return;
  known.set(accessKeyId, atMs);
  const user = users(cloud).get(userName);
  const key = user?.accessKeys.find(({ id }) => id === accessKeyId);
  if (!user || !key) return;
  key.lastUsed = { atMs, region, service };
  users(cloud).put(user);
}
