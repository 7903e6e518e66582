/** XCLAIM and XAUTOCLAIM: what one consumer did not acknowledge goes to another. */
import { count } from "../../arguments.ts";
import { type Call, command, type Commands, oneKey } from "../../command.ts";
import { RedisError, type Reply, syntaxError } from "../../reply.ts";
import { compareIds, entryAt, idText, parseBound, parseId, type StreamId } from "../../stream.ts";
import { shown } from "./entry.ts";
import { groupOf, pendingInOrder } from "./groups.ts";

function claim(call: Call): Reply {
  const [key, name, consumer, minIdleText, ...rest] = call.args as [string, string, string, string, ...string[]];
  const { stream, group } = groupOf(call, key, name);
  const minIdle = Math.max(0, count(minIdleText));
  const ids: StreamId[] = [];
  while (rest.length > 0 && /^\d+(-\d+)?$/.test(rest[0]!)) ids.push(parseId(rest.shift(), 0n));
  const now = call.server.nowMs();
  let [delivered, retries, force, justId] = [now, undefined as number | undefined, false, false];
  for (let at = 0; at < rest.length; at++) {
    const option = rest[at]!.toUpperCase();
    if (option === "FORCE") force = true;
    else if (option === "JUSTID") justId = true;
    else if (option === "IDLE") delivered = now - count(rest[++at]);
    else if (option === "TIME") delivered = count(rest[++at]);
    else if (option === "RETRYCOUNT") retries = count(rest[++at]);
    else if (option === "LASTID") {
      const last = parseId(rest[++at], 0n);
      if (compareIds(last, group.lastId) > 0) group.lastId = last;
    } else throw new RedisError(`ERR Unrecognized XCLAIM option '${rest[at]}'`);
  }
  const claimed: Reply[] = [];
  for (const id of ids) {
    let pending = group.pending.get(idText(id));
    const entry = entryAt(stream, id);
    if (!entry) {
      if (pending) group.pending.delete(idText(id));
      continue;
    }
    if (!pending) {
      if (!force) continue;
      pending = { id, consumer, deliveredMs: 0, deliveries: 0 };
      group.pending.set(idText(id), pending);
    } else if (now - pending.deliveredMs < minIdle) continue;
    pending.consumer = consumer;
    pending.deliveredMs = delivered;
    if (retries !== undefined) pending.deliveries = retries;
    else if (!justId) pending.deliveries++;
    claimed.push(justId ? idText(id) : shown(entry));
  }
  group.consumers.set(consumer, { seenMs: now });
  return claimed;
}

function autoClaim(call: Call): Reply {
  const [key, name, consumer, minIdleText, start, ...rest] = call.args as [string, string, string, string, string, ...string[]];
  const { stream, group } = groupOf(call, key, name);
  const minIdle = Math.max(0, count(minIdleText));
  const from = parseBound(start, "start");
  let [limit, justId] = [100, false];
  for (let at = 0; at < rest.length; at++) {
    const option = rest[at]!.toUpperCase();
    if (option === "COUNT") {
      limit = count(rest[++at]);
      if (limit < 1) throw new RedisError("ERR COUNT must be > 0");
    } else if (option === "JUSTID") justId = true;
    else throw syntaxError();
  }
  const now = call.server.nowMs();
  const candidates = pendingInOrder(group).filter(({ id }) => compareIds(id, from) >= 0);
  const claimed: Reply[] = [];
  const deleted: Reply[] = [];
  let [at, attempts] = [0, limit * 10];
  for (; at < candidates.length && claimed.length + deleted.length < limit && attempts > 0; at++, attempts--) {
    const pending = candidates[at]!;
    const entry = entryAt(stream, pending.id);
    if (!entry) {
      group.pending.delete(idText(pending.id));
      deleted.push(idText(pending.id));
      continue;
    }
    if (now - pending.deliveredMs < minIdle) continue;
    pending.consumer = consumer;
    pending.deliveredMs = now;
    if (!justId) pending.deliveries++;
    claimed.push(justId ? idText(pending.id) : shown(entry));
  }
  group.consumers.set(consumer, { seenMs: now });
  return [candidates[at] ? idText(candidates[at]!.id) : "0-0", claimed, deleted];
}

export const claims: Commands = {
  XCLAIM: command(-6, "write fast", oneKey, claim),
  XAUTOCLAIM: command(-6, "write fast", oneKey, autoClaim),
};
