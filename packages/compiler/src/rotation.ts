/** What the deployer is told of logins and tokens that it can change while programs go on. */
import type { Rotation, Run } from "./assembly.ts";
import type { BuiltDatabase } from "./database.ts";
import type { Draft } from "./draft.ts";
import type { BuiltRedis } from "./redis.ts";

/** @param parts.administrations without any there is no program, and so no login yet. */
export function rotationsOf(
  draft: Draft,
  {
    databases,
    caches,
    administrations,
  }: { databases: readonly BuiltDatabase[]; caches: readonly BuiltRedis[]; administrations: readonly Run[] },
): Rotation[] {
  const administered = administrations.length > 0 ? databases : [];
  return [
    ...administered.map(({ named, server, master, connection, readOnlyConnection }): Rotation => {
      const { key, declared } = named;
      return {
        name: key,
        kind: "database",
        administrations: administrations.map(({ name }) => name).filter((name) => name === key || name === `${key}.readOnly`),
        connections: [connection, ...(readOnlyConnection ? [readOnlyConnection] : [])].map((secret) => draft.output(secret.ref())),
        master: {
          secret: draft.output(master.ref()),
          server: draft.output(server.ref()),
          serverKind: declared.kind === "aurora" ? "cluster" : "instance",
        },
      };
    }),
    ...caches.map(({ named, token, group, connection }): Rotation => ({
      name: named.key,
      kind: "cache",
      token: draft.output(token.ref()),
      replicationGroup: draft.output(group.ref()),
      connections: [draft.output(connection.ref())],
    })),
  ];
}
