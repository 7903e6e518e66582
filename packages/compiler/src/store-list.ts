/** The databases and caches of an assembly: how a person connects to them, and through which programs. */
import type { AnyDeclared } from "@plinth/language/reading";
import type { Store } from "./assembly.ts";
import { capacityOf } from "./aurora-capacity.ts";
import type { Compilation } from "./compilation.ts";
import type { BuiltDatabase } from "./database.ts";
import type { BuiltRedis } from "./redis.ts";

export function storeList(
  { draft, programs }: Pick<Compilation, "draft" | "programs">,
  { databases, caches }: { databases: readonly BuiltDatabase[]; caches: readonly BuiltRedis[] },
): Store[] {
  const reachedBy = (store: AnyDeclared) => programs.filter(({ reaches }) => reaches.includes(store)).map(({ named }) => named.key);
  return [
    ...databases.map(({ named, major, connection }): Store => ({
      name: named.key,
      kind: named.declared.kind,
      major,
      ...(pauses(named) && { pauses: true }),
      connection: draft.output(connection.ref()),
      reachedBy: reachedBy(named.declared),
    })),
    ...caches.map(({ named, connection }): Store => ({
      name: named.key,
      kind: "redis",
      connection: draft.output(connection.ref()),
      reachedBy: reachedBy(named.declared),
    })),
  ];
}

function pauses({ declared }: BuiltDatabase["named"]): boolean {
  return (
    declared.kind === "aurora" && declared.options.instance === undefined && capacityOf(declared.options).pauseAfterSeconds !== undefined
  );
}
