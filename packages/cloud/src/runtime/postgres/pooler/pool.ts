/** The connections to one server: made when asked for, up to a limit, lent for a transaction, and given to who has waited longest. */
import type { Cloud } from "../../../cloud.ts";
import { openServerConnection, type ServerConnection, type ServerLogin } from "./server-connection.ts";

export interface PoolLimits {
  /** To the server, of all roles and databases together. */
  maxConnections: number;
  /** More than these are let go when they have been idle for a while. */
  maxIdle: number;
  borrowTimeoutMs: number;
  /** Run on each new connection. */
  initQuery?: string | undefined;
}

export interface PoolKey {
  user: string;
  database: string;
}

export interface PoolRequest {
  limits(): PoolLimits;
  /** Where the server is now, and the role's password. Throws where there is none. */
  login(key: PoolKey): Promise<ServerLogin>;
}

export interface Pool {
  /** @throws BorrowTimeout, or what the server answered. */
  borrow(key: PoolKey, settings: Readonly<Record<string, string>>): Promise<ServerConnection>;
  /** It stands outside a transaction, and its session is as it was but for `settings`. */
  giveBack(connection: ServerConnection): void;
  readonly open: number;
  readonly lent: number;
  /** Lets go of idle connections beyond the limit. */
  trim(): void;
  close(): void;
}

export class BorrowTimeout extends Error {}

const idleBeforeTrimMs = 60_000;

interface Waiter {
  key: string;
  wake(): void;
}

export function openPool(cloud: Cloud, { limits, login }: PoolRequest): Pool {
  const { clock } = cloud.world;
  const idle = new Map<string, ServerConnection[]>();
  const keys = new Map<ServerConnection, string>();
  const waiting: Waiter[] = [];
  const closing = new AbortController();
  let opening = 0;
  const idleCount = () => [...idle.values()].reduce((sum, each) => sum + each.length, 0);

  const oldestIdle = () => [...idle.values()].flat().sort((a, b) => a.idleSinceMs - b.idleSinceMs);
  const drop = (connection: ServerConnection) => {
    keys.delete(connection);
    for (const each of idle.values()) remove(each, connection);
    connection.destroy();
  };
  const wakeNext = () => void waiting.shift()?.wake();
  const forget = (connection: ServerConnection) => {
    const key = keys.get(connection);
    if (key === undefined) return;
    keys.delete(connection);
    remove(idle.get(key), connection);
    wakeNext();
  };

  /** One that is idle, best one whose settings are those already; or room for a new one; or nothing. */
  function take(key: string, settings: Readonly<Record<string, string>>): ServerConnection | "room" | undefined {
    // The limit may have been lowered.
    for (const surplus of oldestIdle().slice(0, Math.max(0, keys.size + opening - limits().maxConnections))) drop(surplus);
    const mine = idle.get(key) ?? [];
    const wanted = JSON.stringify(settings);
    const found = mine.findLast((each) => JSON.stringify(each.settings) === wanted) ?? mine.at(-1);
    if (found) {
      remove(mine, found);
      return found;
    }
    if (keys.size + opening < limits().maxConnections) return "room";
    const [other] = oldestIdle();
    if (!other) return undefined;
    // Another role's makes way.
    drop(other);
    return "room";
  }

  async function open(key: PoolKey, name: string): Promise<ServerConnection> {
    opening++;
    try {
      const connection = await openServerConnection(await login(key), AbortSignal.any([closing.signal, cloud.stopping]));
      const { initQuery } = limits();
      if (initQuery) await connection.run(initQuery);
      if (closing.signal.aborted) connection.destroy();
      keys.set(connection, name);
      connection.onEnd(() => forget(connection));
      if (connection.ended) forget(connection);
      return connection;
    } finally {
      opening--;
    }
  }

  return {
    async borrow(key, settings) {
      const name = `${key.user}\0${key.database}`;
      const untilMs = clock.nowMs() + limits().borrowTimeoutMs;
      for (let first = true; ; first = false) {
        // Who comes now stands behind those who wait.
        const found = first && waiting.length > 0 ? undefined : take(name, settings);
        if (found === "room") {
          try {
            return await open(key, name);
          } catch (error) {
            wakeNext();
            throw error;
          }
        }
        if (found && !found.ended) return found;
        if (found) continue;
        await turn(name, untilMs);
      }
    },
    giveBack(connection) {
      const key = keys.get(connection);
      if (key === undefined || connection.ended) return;
      connection.takeBack();
      connection.idleSinceMs = clock.nowMs();
      const mine = idle.get(key) ?? [];
      idle.set(key, mine);
      mine.push(connection);
      wakeNext();
    },
    get open() {
      return keys.size;
    },
    get lent() {
      return keys.size - idleCount();
    },
    trim() {
      const old = oldestIdle();
      const beforeMs = clock.nowMs() - idleBeforeTrimMs;
      for (const connection of old.slice(0, Math.max(0, old.length - limits().maxIdle))) {
        if (connection.idleSinceMs <= beforeMs) connection.destroy();
      }
    },
    close() {
      closing.abort();
      for (const connection of keys.keys()) connection.destroy();
      while (waiting.length > 0) wakeNext();
    },
  };

  function turn(key: string, untilMs: number): Promise<void> {
    return new Promise((done, fail) => {
      const cancel = clock.after(Math.max(0, untilMs - clock.nowMs()), () => {
        remove(waiting, waiter);
        fail(new BorrowTimeout("Timed-out waiting to acquire database connection"));
      });
      const waiter: Waiter = {
        key,
        wake() {
          cancel();
          if (closing.signal.aborted) fail(new Error("the proxy is being closed"));
          else done();
        },
      };
      waiting.push(waiter);
    });
  }
}

function remove<T>(list: T[] | undefined, item: T): void {
  const index = list?.indexOf(item) ?? -1;
  if (index >= 0) list!.splice(index, 1);
}
