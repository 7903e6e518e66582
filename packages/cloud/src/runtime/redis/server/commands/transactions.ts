/** Transactions: what is queued between MULTI and EXEC, and the keys that must not change before. */
import { command, type Commands } from "../command.ts";
import { ok, RedisError } from "../reply.ts";

export const transactions: Commands = {
  MULTI: command(1, "noscript loading stale fast", null, ({ session }) => {
    if (session.queue) throw new RedisError("ERR MULTI calls can not be nested");
    session.queue = { commands: [], faulty: false };
    return ok;
  }),
  EXEC: command(1, "noscript loading stale", null, ({ server, session }) => server.execute(session)),
  DISCARD: command(1, "noscript loading stale fast", null, ({ session }) => {
    if (!session.queue) throw new RedisError("ERR DISCARD without MULTI");
    session.queue = undefined;
    session.watched.clear();
    session.dirty = false;
    return ok;
  }),
  WATCH: command(-2, "noscript loading stale fast no_multi", [1, -1, 1], ({ session, args }) => {
    if (session.queue) throw new RedisError("ERR WATCH inside MULTI is not allowed");
    for (const key of args) session.watched.add(`${session.database} ${key}`);
    return ok;
  }),
  UNWATCH: command(1, "noscript loading stale fast", null, ({ session }) => {
    session.watched.clear();
    session.dirty = false;
    return ok;
  }),
};
