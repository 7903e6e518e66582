/** The task that administers a database: it makes logins and extensions as the master, before any program connects. */
import type { Run } from "./assembly.ts";
import { sub, type Compilation } from "./compilation.ts";
import type { LogGroups } from "./log-group.ts";
import type { Network } from "./network.ts";
import { ownerRole, readerRole } from "./administration-sql.ts";
import type { BuiltDatabase, Logins } from "./database.ts";
import { buildRoles, type Roles } from "./roles.ts";
import type { SecurityGroups } from "./security-groups.ts";
import type { Here, Made, Value } from "./value.ts";

/** The container in it: the deployer overrides its variable `SQL`. */
const administrationContainer = "administration";

/** The pairs of logins that take turns. */
const pairsOf = ({ logins, readers }: BuiltDatabase): Logins[] => [logins, ...(readers ? [readers] : [])];

export interface BuiltAdministration {
  readonly database: BuiltDatabase;
  readonly runs: readonly Run[];
  readonly family: string;
  readonly taskDefinition: Made;
  /** What logs in with the version of a connection's secret that is to become current; where a schedule rotates it. */
  readonly tests: readonly { readonly connection: Made; readonly family: string; readonly taskDefinition: Made }[];
  readonly roles: Roles;
  readonly subnets: readonly Value[];
  readonly assignPublicIp: boolean;
  readonly group: Value;
}

/** The pairs of logins, and the secret by which programs connect with one of them. */
export const connectionsOf = ({ connection, readOnlyConnection, logins, readers }: BuiltDatabase) => [
  { connection, logins, part: "" },
  ...(readOnlyConnection && readers ? [{ connection: readOnlyConnection, logins: readers, part: "ReadOnly" }] : []),
];

export function buildAdministration(
  compilation: Compilation,
  database: BuiltDatabase,
  { cluster, network, groups, logGroups }: { cluster: Made; network: Network; groups: SecurityGroups; logGroups: LogGroups },
): BuiltAdministration {
  const { draft, stem } = compilation;
  const { id, key, kebab, declared } = database.named;
  // Without the user's `override`: that is the database's own.
  const { override: _, ...origin } = compilation.origin(database.named);
  const logGroup = logGroups.administration!;
  const roles = buildRoles(compilation, `${id}Administration`, origin, {
    repository: undefined,
    logGroup,
    reads: [
      {
        actions: ["secretsmanager:GetSecretValue"],
        // Those of the logins too: a rotation logs in with the new password before any program does.
        resources: (here) =>
          [
            database.master,
            ...pairsOf(database).flatMap(({ a, b }) => [a, b]),
            ...(declared.options.rotate === undefined ? [] : connectionsOf(database).map(({ connection }) => connection)),
          ].map((secret) => here.take(secret.ref())),
        key: compilation.key,
      },
    ],
    grants: [],
    exec: false,
    // Beside what it administers, so that it can run as soon as that stands.
    layer: "database",
  });
  const family = `${stem}-${kebab}-administration`;
  const define = (part: string, name: string, login: (here: Here, member: string) => unknown) =>
    draft.add("database", `${id}${part}`, origin, (here) => ({
      Type: "AWS::ECS::TaskDefinition",
      DeletionPolicy: "Delete",
      UpdateReplacePolicy: "Delete",
      Properties: {
        Family: name,
        RequiresCompatibilities: ["FARGATE"],
        NetworkMode: "awsvpc",
        Cpu: "256",
        Memory: "512",
        RuntimePlatform: { OperatingSystemFamily: "LINUX", CpuArchitecture: "X86_64" },
        ExecutionRoleArn: here.take(roles.execution.attribute("Arn")),
        TaskRoleArn: here.take(roles.task.attribute("Arn")),
        ContainerDefinitions: [
          {
            Name: administrationContainer,
            Image: `public.ecr.aws/docker/library/postgres:${database.major}-alpine`,
            Essential: true,
            EntryPoint: ["sh", "-c"],
            Command: ['psql -v ON_ERROR_STOP=1 -X -q -c "$SQL"'],
            Environment: [
              { Name: "PGHOST", Value: here.take(database.host) },
              { Name: "PGPORT", Value: here.take(database.port) },
              { Name: "PGDATABASE", Value: database.database },
              { Name: "PGSSLMODE", Value: "require" },
            ],
            Secrets: [
              { Name: "PGUSER", ValueFrom: login(here, "username") as string },
              { Name: "PGPASSWORD", ValueFrom: login(here, "password") as string },
            ],
            ReadonlyRootFilesystem: true,
            LinuxParameters: { InitProcessEnabled: true },
            LogConfiguration: {
              LogDriver: "awslogs",
              Options: {
                "awslogs-group": here.take(logGroup.ref()),
                "awslogs-region": { Ref: "AWS::Region" },
                "awslogs-stream-prefix": kebab,
              },
            },
          },
        ],
      },
    }));
  const taskDefinition = define("Administration", family, (here, member) =>
    sub(`\${Master}:${member}::`, { Master: here.take(database.master.ref()) }),
  );
  const rotated = declared.options.rotate === undefined ? [] : connectionsOf(database);
  const tests = rotated.map(({ connection, part }) => {
    const name = `${stem}-${kebab}${part === "" ? "" : "-read-only"}-login`;
    return {
      connection,
      family: name,
      taskDefinition: define(`${part}Login`, name, (here, member) =>
        sub(`\${Connection}:${member}:AWSPENDING:`, { Connection: here.take(connection.ref()) }),
      ),
    };
  });
  const pair = ({ a, b }: Logins) => ({ a: draft.output(a.ref()), b: draft.output(b.ref()) });
  // Its image lies in a public registry, so it stands where there is a way out.
  const subnets = network.publicSubnets.length > 0 ? network.publicSubnets : network.privateSubnets;
  const run: Omit<Run, "name" | "administration"> = {
    purpose: "database-administration",
    cluster: draft.output(cluster.ref()),
    taskDefinition: draft.output(taskDefinition.ref()),
    subnets: subnets.map((subnet) => draft.output(subnet)),
    securityGroups: [draft.output(groups.administration!)],
    assignPublicIp: network.publicSubnets.length > 0,
    container: administrationContainer,
    logGroup: draft.output(logGroup.ref()),
  };
  const host = draft.output(database.host);
  const owners = {
    database: database.database,
    host,
    logins: pair(database.logins),
    owner: ownerRole,
    extensions: [...(declared.options.extensions ?? [])],
  };
  const readers = database.readers && {
    database: database.database,
    host,
    logins: pair(database.readers),
    owner: readerRole,
    extensions: [],
  };
  return {
    database,
    runs: [
      { ...run, name: key, administration: owners },
      ...(readers ? [{ ...run, name: `${key}.readOnly`, administration: readers }] : []),
    ],
    family,
    taskDefinition,
    tests,
    roles,
    subnets,
    assignPublicIp: run.assignPublicIp,
    group: groups.administration!,
  };
}
