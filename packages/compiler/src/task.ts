/** A task: its task definition, how it is run, and for one that runs by the clock its schedule. */
import { durationSeconds } from "@plinth/language/reading";
import type { Run } from "./assembly.ts";
import type { Compilation } from "./compilation.ts";
import type { Environment } from "./environment.ts";
import type { BuiltImage } from "./image.ts";
import type { Named } from "./inventory.ts";
import type { Network } from "./network.ts";
import { placementOf } from "./placement.ts";
import { buildRole } from "./role.ts";
import type { Roles } from "./roles.ts";
import { buildTaskDefinition, type Mount } from "./task-definition.ts";
import type { Made, Value } from "./value.ts";

export interface BuiltTask {
  readonly named: Named<"task">;
  readonly run: Run;
}

export function buildTask(
  compilation: Compilation,
  named: Named<"task">,
  parts: {
    image: BuiltImage;
    environment: Environment;
    roles: Roles;
    logGroup: Made;
    mounts: readonly Mount[];
    cluster: Made;
    network: Network;
    groups: readonly Value[];
  },
): BuiltTask {
  const { draft } = compilation;
  const { options } = named.declared;
  const taskDefinition = buildTaskDefinition(compilation, "tasks", named, { ...parts, connected: false, balanced: false });
  const run = options.run ?? "by-hand";
  const schedule = typeof run === "object" ? buildSchedule(compilation, named, taskDefinition, parts, scheduleExpression(run)) : undefined;
  const { subnets, assignPublicIp } = placementOf(parts.network, false);
  return {
    named,
    run: {
      name: named.key,
      purpose: run === "before-services" ? "migration" : run === "by-hand" ? "by-hand" : "scheduled",
      cluster: draft.output(parts.cluster.ref()),
      taskDefinition: draft.output(taskDefinition.ref()),
      subnets: subnets.map((subnet) => draft.output(subnet)),
      securityGroups: parts.groups.map((group) => draft.output(group)),
      assignPublicIp,
      container: named.kebab,
      logGroup: draft.output(parts.logGroup.ref()),
      ...(schedule && { schedule: draft.output(schedule.ref()) }),
    },
  };
}

/** `rate(1 day)` or `cron(…)`, as EventBridge Scheduler writes it. */
function scheduleExpression(run: { readonly every: string } | { readonly cron: string }): string {
  if ("cron" in run) return `cron(${run.cron})`;
  const minutes = (durationSeconds(run.every) ?? 0) / 60;
  const [count, unit] = minutes % 1440 === 0 ? [minutes / 1440, "day"] : minutes % 60 === 0 ? [minutes / 60, "hour"] : [minutes, "minute"];
  return `rate(${count} ${unit}${count === 1 ? "" : "s"})`;
}

function buildSchedule(
  compilation: Compilation,
  named: Named<"task">,
  taskDefinition: Made,
  { cluster, network, groups, roles }: { cluster: Made; network: Network; groups: readonly Value[]; roles: Roles },
  expression: string,
): Made {
  const { draft, stem } = compilation;
  const origin = compilation.origin(named);
  const family = named.declared.options.name ?? `${stem}-${named.kebab}`;
  const role = buildRole(compilation, "iam", `${named.id}ScheduleRole`, origin, {
    trusts: "scheduler.amazonaws.com",
    policyName: "run",
    allows: (here) => [
      {
        Effect: "Allow",
        Action: "ecs:RunTask",
        Resource: { "Fn::Sub": `arn:\${AWS::Partition}:ecs:\${AWS::Region}:\${AWS::AccountId}:task-definition/${family}:*` },
        Condition: { ArnEquals: { "ecs:cluster": here.take(cluster.attribute("Arn")) } },
      },
      {
        Effect: "Allow",
        Action: "iam:PassRole",
        Resource: [here.take(roles.execution.attribute("Arn")), here.take(roles.task.attribute("Arn"))],
        Condition: { StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } },
      },
    ],
  });
  const { subnets, assignPublicIp } = placementOf(network, false);
  return draft.add("tasks", `${named.id}Schedule`, origin, (here) => ({
    Type: "AWS::Scheduler::Schedule",
    Properties: {
      Name: family,
      ScheduleExpression: expression,
      FlexibleTimeWindow: { Mode: "OFF" },
      Target: {
        Arn: here.take(cluster.attribute("Arn")),
        RoleArn: here.take(role.attribute("Arn")),
        RetryPolicy: { MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 3600 },
        EcsParameters: {
          TaskDefinitionArn: here.take(taskDefinition.ref()),
          TaskCount: 1,
          CapacityProviderStrategy: [{ CapacityProvider: "FARGATE", Weight: 1 }],
          NetworkConfiguration: {
            AwsvpcConfiguration: {
              AssignPublicIp: assignPublicIp ? "ENABLED" : "DISABLED",
              Subnets: subnets.map((subnet) => here.take(subnet)),
              SecurityGroups: groups.map((group) => here.take(group)),
            },
          },
        },
      },
    },
  }));
}
