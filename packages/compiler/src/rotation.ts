/** What the deployer is told of logins and tokens that it can change while programs go on. */
import type { Rotation, Run } from "./assembly.ts";
import type { BuiltDatabase } from "./database.ts";
import type { Draft } from "./draft.ts";
import type { BuiltRedis } from "./redis.ts";
import type { BuiltRotator } from "./rotation-function.ts";

/** @param parts.administrations without any there is no program, and so no login yet. */
export function rotationsOf(
  draft: Draft,
  {
    databases,
    caches,
    administrations,
    rotators,
  }: {
    databases: readonly BuiltDatabase[];
    caches: readonly BuiltRedis[];
    administrations: readonly Run[];
    rotators: readonly BuiltRotator[];
  },
): Rotation[] {
  const scheduleOf = (key: string) => {
    const found = rotators.find(({ named }) => named.key === key);
    return (
      found && {
        schedule: {
          function: draft.output(found.function.ref()),
          logGroup: draft.output(found.logGroup.ref()),
          expression: found.expression,
        },
      }
    );
  };
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
        ...scheduleOf(key),
      };
    }),
    ...caches.map(({ named, token, group, connection }): Rotation => ({
      name: named.key,
      kind: "cache",
      token: draft.output(token.ref()),
      replicationGroup: draft.output(group.ref()),
      connections: [draft.output(connection.ref())],
      ...scheduleOf(named.key),
    })),
  ];
}
