/**
 * What rotates a database's login or a cache's token by the clock: a function with the rights that this takes, and schedules of
 * Secrets Manager that call it. It stands beside the programs, which must run before the first turn. See docs/decisions/0036.
 */
import { durationSeconds, type RotationInterval } from "@plinth/language/reading";
import { connectionsOf, type BuiltAdministration } from "./administration.ts";
import type { Program } from "./assembly.ts";
import { deleted, sub, type Compilation } from "./compilation.ts";
import type { Draft } from "./draft.ts";
import type { Named, NamedDatabase } from "./inventory.ts";
import { retention } from "./log-group.ts";
import type { BuiltRedis } from "./redis.ts";
import { buildRole, statements, type Statement } from "./role.ts";
import { rotationCode } from "./rotation-code.ts";
import { serviceName, type BuiltService } from "./service.ts";
import { encrypted } from "./stage-key.ts";
import type { BuiltTask } from "./task.ts";
import type { Here, Made } from "./value.ts";

export interface BuiltRotator {
  readonly named: NamedDatabase | Named<"redis">;
  readonly function: Made;
  readonly logGroup: Made;
  readonly expression: string;
}

interface Parts {
  administrations: readonly BuiltAdministration[];
  caches: readonly BuiltRedis[];
  cluster: Made | undefined;
  services: readonly BuiltService[];
  tasks: readonly BuiltTask[];
  /** By the inventory's keys. */
  secretsOf: ReadonlyMap<string, Pick<Program, "connections">>;
}

/** A secret by which programs connect, and what changes with it. */
interface Turned {
  /** Of its logical ids. */
  part: string;
  connection: Made;
  /** Those that hold the parts of it: two logins, or one token. */
  others: readonly Made[];
  test?: Made;
}

interface Rotated {
  named: BuiltRotator["named"];
  rotate: RotationInterval;
  code: string;
  turns: readonly Turned[];
  variables: (here: Here) => Record<string, unknown>;
  statements: (here: Here) => Statement[];
}

/** For what is declared with `rotate`, and used by a program: without one there is no login yet. */
export function buildRotations(compilation: Compilation, parts: Parts): BuiltRotator[] {
  const { cluster, administrations, caches } = parts;
  if (!cluster) return [];
  const rotated = [...administrations.flatMap((one) => rotatedDatabase(one, cluster)), ...caches.flatMap((one) => rotatedCache(one))];
  return rotated.map((one) => buildRotator(compilation, one, { ...parts, cluster }));
}

function rotatedDatabase(administration: BuiltAdministration, cluster: Made): Rotated[] {
  const { database, tests, roles, subnets, assignPublicIp, group, family, taskDefinition } = administration;
  const { named } = database;
  const { rotate } = named.declared.options;
  if (rotate === undefined) return [];
  const definition = (name: string) => `arn:\${AWS::Partition}:ecs:\${AWS::Region}:\${AWS::AccountId}:task-definition/${name}:*`;
  return [
    {
      named,
      rotate,
      code: rotationCode.database,
      turns: connectionsOf(database).map(({ part, connection, logins: { a, b } }) => ({
        part,
        connection,
        others: [a, b],
        test: tests.find((test) => test.connection === connection)!.taskDefinition,
      })),
      variables: (here) => ({
        ADMINISTRATION: here.take(taskDefinition.ref()),
        CONTAINER: "administration",
        NETWORK: sub(
          `{"subnets":[${subnets.map((_, index) => `"\${Subnet${index}}"`).join(",")}],"securityGroups":["\${Group}"],"assignPublicIp":"${assignPublicIp ? "ENABLED" : "DISABLED"}"}`,
          { ...Object.fromEntries(subnets.map((subnet, index) => [`Subnet${index}`, here.take(subnet)])), Group: here.take(group) },
        ),
      }),
      statements: (here) => [
        {
          Effect: "Allow",
          Action: "ecs:RunTask",
          Resource: [family, ...tests.map((test) => test.family)].map((name) => ({ "Fn::Sub": definition(name) })),
          Condition: { ArnEquals: { "ecs:cluster": here.take(cluster.attribute("Arn")) } },
        },
        {
          Effect: "Allow",
          Action: "iam:PassRole",
          Resource: [here.take(roles.execution.attribute("Arn")), here.take(roles.task.attribute("Arn"))],
          Condition: { StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } },
        },
      ],
    },
  ];
}

function rotatedCache({ named, connection, token, group }: BuiltRedis): Rotated[] {
  const { rotate } = named.declared.options;
  if (rotate === undefined) return [];
  return [
    {
      named,
      rotate,
      code: rotationCode.cache,
      turns: [{ part: "", connection, others: [token] }],
      variables: (here) => ({ GROUP: here.take(group.ref()) }),
      statements: (here) => [
        {
          Effect: "Allow",
          Action: ["elasticache:DescribeReplicationGroups", "elasticache:ModifyReplicationGroup"],
          Resource: sub("arn:${AWS::Partition}:elasticache:${AWS::Region}:${AWS::AccountId}:replicationgroup:${Group}", {
            Group: here.take(group.ref()),
          }),
        },
      ],
    },
  ];
}

function buildRotator(compilation: Compilation, one: Rotated, parts: Parts & { cluster: Made }): BuiltRotator {
  const { draft, stem } = compilation;
  const { named, turns, rotate } = one;
  const { id, key, kebab } = named;
  const { override: _, ...origin } = compilation.origin(named);
  const { cluster } = parts;
  const users = turns.map(({ connection }) => usersOf(compilation, draft, connection, parts));
  refuseAppRunners(compilation, one, parts);
  const services = [...new Set(users.flatMap((each) => each.services))];

  const logGroup = draft.add("storage", `${id}RotationLogGroup`, origin, (here) => ({
    Type: "AWS::Logs::LogGroup",
    ...deleted,
    Properties: { LogGroupName: `/lambda/${stem}/${kebab}-rotation`, ...retention("90 days"), ...encrypted(here, compilation.key) },
  }));
  const role = buildRole(compilation, "iam", `${id}RotationRole`, origin, {
    trusts: "lambda.amazonaws.com",
    policyName: "rotate",
    allows: (here) => [
      { Effect: "Allow", Action: ["logs:CreateLogStream", "logs:PutLogEvents"], Resource: here.take(logGroup.attribute("Arn")) },
      ...statements(here, [
        {
          actions: ["DescribeSecret", "GetSecretValue", "ListSecretVersionIds", "PutSecretValue", "UpdateSecretVersionStage"].map(
            (action) => `secretsmanager:${action}`,
          ),
          resources: () => turns.flatMap(({ connection, others }) => [connection, ...others]).map((secret) => here.take(secret.ref())),
          key: compilation.key,
        },
      ]),
      {
        Effect: "Allow",
        Action: ["ecs:ListTasks", "ecs:DescribeTasks"],
        Resource: "*",
        Condition: { ArnEquals: { "ecs:cluster": here.take(cluster.attribute("Arn")) } },
      },
      ...(services.length > 0
        ? [
            {
              Effect: "Allow" as const,
              Action: ["ecs:DescribeServices", "ecs:UpdateService"],
              Resource: services.map((name) =>
                sub(`arn:\${AWS::Partition}:ecs:\${AWS::Region}:\${AWS::AccountId}:service/\${Cluster}/${name}`, {
                  Cluster: here.take(cluster.ref()),
                }),
              ),
            },
          ]
        : []),
      ...one.statements(here),
    ],
  });
  const made = draft.add("compute", `${id}RotationFunction`, origin, (here) => ({
    Type: "AWS::Lambda::Function",
    Properties: {
      Description: `${stem} ${key}: rotates what programs connect with`,
      Runtime: "nodejs22.x",
      Handler: "index.handler",
      Code: { ZipFile: one.code },
      Role: here.take(role.attribute("Arn")),
      Timeout: 900,
      MemorySize: 256,
      Environment: {
        Variables: { CLUSTER: here.take(cluster.ref()), ROTATES: rotates(here, turns, users), ...one.variables(here) } as never,
      },
      LoggingConfig: { LogGroup: here.take(logGroup.ref()) },
    },
  }));
  const permission = draft.add("compute", `${id}RotationPermission`, origin, (here) => ({
    Type: "AWS::Lambda::Permission",
    Properties: {
      FunctionName: here.take(made.attribute("Arn")),
      Action: "lambda:InvokeFunction",
      Principal: "secretsmanager.amazonaws.com",
      SourceAccount: { Ref: "AWS::AccountId" },
    },
  }));
  const expression = expressionOf(rotate);
  for (const { part, connection } of turns) {
    draft.add("compute", `${id}${part}Rotation`, origin, (here) => ({
      Type: "AWS::SecretsManager::RotationSchedule",
      DependsOn: here.after([permission]),
      Properties: {
        SecretId: here.take(connection.ref()),
        RotationLambdaARN: here.take(made.attribute("Arn")),
        // Its programs have only just begun.
        RotateImmediatelyOnUpdate: false,
        RotationRules: { ScheduleExpression: expression },
      },
    }));
  }
  return { named, function: made, logGroup, expression };
}

/** They read their secrets when they are deployed, and nothing but a deploy makes them do so again. */
function refuseAppRunners({ inventory, faults }: Compilation, { named, turns }: Rotated, { secretsOf }: Parts): void {
  for (const runner of inventory.of("appRunner")) {
    const names = secretsOf.get(runner.key)?.connections?.map(({ output }) => output) ?? [];
    if (!turns.some(({ connection }) => names.includes(connection.logicalId))) continue;
    faults.add({
      code: "cannot-roll",
      key: named.key,
      message: `${named.key}: rotate cannot roll ${runner.key}, which is on App Runner: leave rotate out, or let ${runner.key} run on ECS`,
      at: named.declared.source,
    });
  }
}

interface Users {
  /** As ECS calls them. */
  services: string[];
  /** The families of tasks that are run. */
  tasks: string[];
}

/** The programs that have it in their environment. */
function usersOf(compilation: Compilation, draft: Draft, connection: Made, { services, tasks, secretsOf }: Parts): Users {
  const { stack, output } = draft.output(connection.ref());
  const uses = (key: string) => secretsOf.get(key)?.connections?.some((one) => one.stack === stack && one.output === output) === true;
  return {
    services: services.filter(({ named }) => uses(named.key)).map(({ named }) => serviceName(compilation, named)),
    tasks: tasks
      .filter(({ named }) => uses(named.key))
      .map(({ named }) => named.declared.options.name ?? `${compilation.stem}-${named.kebab}`),
  };
}

/** By the secret's ARN: its logins or its token, what logs in with it, and who uses it. */
function rotates(here: Here, turns: readonly Turned[], users: readonly Users[]): unknown {
  const values: Record<string, unknown> = {};
  const named = (name: string, value: unknown) => {
    values[name] = value;
    return `"\${${name}}"`;
  };
  const members = turns.map(({ connection, others, test }, index) => {
    const made = others.map((secret, place) => named(`Other${index}${place}`, here.take(secret.ref())));
    const parts = [
      `"${others.length === 1 ? "tokens" : "logins"}":[${made.join(",")}]`,
      ...(test ? [`"test":${named(`Test${index}`, here.take(test.ref()))}`] : []),
      `"services":${JSON.stringify(users[index]!.services)}`,
      `"tasks":${JSON.stringify(users[index]!.tasks)}`,
    ];
    return `${named(`Connection${index}`, here.take(connection.ref()))}:{${parts.join(",")}}`;
  });
  return sub(`{${members.join(",")}}`, values);
}

/** As Secrets Manager writes it: hours, or days. */
function expressionOf(rotate: RotationInterval): string {
  if (typeof rotate === "object") return `cron(${rotate.cron})`;
  const hours = Math.round((durationSeconds(rotate) ?? 0) / 3_600);
  const [count, unit] = hours % 24 === 0 ? [hours / 24, "day"] : [hours, "hour"];
  return `rate(${count} ${unit}${count === 1 ? "" : "s"})`;
}
