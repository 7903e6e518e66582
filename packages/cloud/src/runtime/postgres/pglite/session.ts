/** What one connection's session holds, so that it can be laid over the shared one whenever its turn comes. */
import type { Backend } from "./backend.ts";
import { errorIn, int16, message, type Message, rowsIn, simpleQuery, sync, text, textAt } from "../wire/protocol.ts";

export interface Session {
  readonly id: number;
  readonly user: string;
  readonly database: string;
  /** Lays this session over the shared one. Throws when that is not possible any more (the role is gone). */
  enter(backend: Backend): Promise<void>;
  /** Reads again what settings this session has, after a statement that may have changed them. */
  remember(backend: Backend): Promise<void>;
  /** The message with prepared statements under names of this session's own. */
  rename(sent: Message): Buffer;
  /** Whether the unit needs the unnamed statement of an earlier one: then this comes first, and its answer is dropped. */
  unnamedBefore(unit: readonly Message[]): Buffer | undefined;
  /** Drops its prepared statements in the shared session. */
  leave(backend: Backend): Promise<void>;
}

const quote = (name: string) => `"${name.replaceAll('"', '""')}"`;
const literal = (value: string) => `'${value.replaceAll("'", "''")}'`;

/** `settings` are those given at the connection's start and by ALTER ROLE or ALTER DATABASE; `role` among them as any other. */
export function openSession({
  id,
  user,
  database,
  settings,
}: {
  id: number;
  user: string;
  database: string;
  settings: Record<string, string>;
}): Session {
  let current = { ...settings };
  let entered = { by: undefined as Backend | undefined, epoch: 0 };
  const statements = new Map<string, Buffer>();
  let unnamed: Buffer | undefined;
  const nameOf = (name: string) => (name === "" ? "" : `c${id}_${name}`);

  return {
    id,
    user,
    database,
    async enter(backend) {
      await backend.open(database);
      const { role = "none", ...rest } = current;
      const sql = [
        "reset all",
        `set session authorization ${quote(user)}`,
        ...(role === "none" ? [] : [`set role ${quote(role)}`]),
        ...Object.entries(rest).map(([name, value]) => `select set_config(${literal(name)}, ${literal(value)}, false)`),
      ].join("; ");
      const error = errorIn(await backend.send(simpleQuery(sql)));
      if (error) throw new Error(error.message);
      if (entered.epoch !== backend.epoch) {
        for (const parse of statements.values()) await backend.send(Buffer.concat([parse, sync]));
        entered = { by: backend, epoch: backend.epoch };
      }
    },
    async remember(backend) {
      const rows = rowsIn(
        await backend.send(
          simpleQuery("select name, setting from pg_settings where source = 'session' union all select 'role', current_setting('role')"),
        ),
      );
      current = Object.fromEntries(rows.map(({ name, setting }) => [name!, setting ?? ""]));
    },
    rename(sent) {
      const { type, body } = sent;
      if (type === "P") {
        const { value, end } = textAt(body, 0);
        const renamed = message("P", text(nameOf(value)), body.subarray(end));
        if (value === "") unnamed = renamed;
        else statements.set(value, renamed);
        return renamed;
      }
      if (type === "B") {
        const portal = textAt(body, 0);
        const statement = textAt(body, portal.end);
        return message("B", text(portal.value), text(nameOf(statement.value)), body.subarray(statement.end));
      }
      if ((type === "D" || type === "C") && body[0] === "S".charCodeAt(0)) {
        const { value } = textAt(body, 1);
        if (type === "C") statements.delete(value);
        return message(type, Buffer.from("S"), text(nameOf(value)));
      }
      return sent.bytes;
    },
    unnamedBefore(unit) {
      if (!unnamed) return undefined;
      for (const { type, body } of unit) {
        if (type === "P" && body[0] === 0) return undefined;
        if (type === "B" && textAt(body, textAt(body, 0).end).value === "") return unnamed;
        if (type === "D" && body[0] === "S".charCodeAt(0) && body[1] === 0) return unnamed;
      }
      return undefined;
    },
    async leave(backend) {
      if (statements.size === 0 || entered.epoch !== backend.epoch) return;
      await backend.send(
        Buffer.concat([...[...statements.keys()].map((name) => message("C", Buffer.from("S"), text(nameOf(name)))), sync]),
      );
    },
  };
}

/** The parameters count of nothing: an empty COPY header, whose column formats clients do not read. */
export const copyInResponse = (binary: boolean) => message("G", Buffer.of(binary ? 1 : 0), int16(0));
