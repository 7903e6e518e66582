/** What a PostgreSQL of a major knows of its own settings, as its binary tells it. */
import type { Cloud } from "../../cloud.ts";
import { installation } from "./installation.ts";
import { serverUser } from "./server-user.ts";

export interface KnownParameter {
  name: string;
  /** When a change takes effect: `postmaster` at a restart, `internal` never, else at once. */
  context: string;
  type: "BOOLEAN" | "INTEGER" | "REAL" | "STRING" | "ENUM";
  bootValue: string;
  min?: string;
  max?: string;
  description: string;
}

const memory = Symbol("known parameters");

/** By name; asked once in a life of the cloud (`postgres --describe-config`, 20 ms). */
export function knownParameters(cloud: Cloud, major: number): Promise<ReadonlyMap<string, KnownParameter>> {
  const known = cloud.memory(memory, () => new Map<number, Promise<ReadonlyMap<string, KnownParameter>>>());
  let found = known.get(major);
  if (!found) {
    found = ask(cloud, major);
    found.catch(() => known.delete(major));
    known.set(major, found);
  }
  return found;
}

async function ask(cloud: Cloud, major: number): Promise<ReadonlyMap<string, KnownParameter>> {
  const { postgres } = await installation(cloud, major);
  const user = await serverUser(cloud);
  const running = cloud.world.processes.spawn({
    ...user.run(postgres, ["--describe-config"]),
    env: { LC_ALL: "C" },
    cwd: cloud.world.disk.root,
    stderr: "ignore",
  });
  const parts: Buffer[] = [];
  running.stdout?.on("data", (bytes: Buffer) => parts.push(bytes));
  const closed = new Promise<void>((done) => (running.stdout ? running.stdout.once("close", done) : done()));
  await running.exited;
  await closed;
  const list = Buffer.concat(parts).toString("utf8").split("\n").filter(Boolean).map(parse);
  return new Map(list.map((parameter) => [parameter.name, parameter]));
}

function parse(line: string): KnownParameter {
  const [name, context, , type, bootValue, min, max, short = ""] = line.split("\t") as [
    string,
    string,
    string,
    KnownParameter["type"],
    string,
    string,
    string,
    string,
  ];
  return { name, context, type, bootValue, ...(min && { min }), ...(max && { max }), description: short };
}
