/** A service: its task definition, how many copies run, how a new version takes over. Source: aws-recipes §6. */
import { isCalled } from "./cluster.ts";
import type { Compilation, Target } from "./compilation.ts";
import type { Environment } from "./environment.ts";
import type { BuiltImage } from "./image.ts";
import type { Named } from "./inventory.ts";
import type { Balancer } from "./balancer.ts";
import type { Network } from "./network.ts";
import { placementOf } from "./placement.ts";
import type { BuiltQueue } from "./queue.ts";
import type { Roles } from "./roles.ts";
import { buildRollout, copyByCopy, rolloutConfiguration, rolloutOf } from "./rollout.ts";
import { scaleOf, scales, type FilledScale } from "./scale.ts";
import { buildScaling } from "./scaling.ts";
import { graceSeconds } from "./target-group.ts";
import { buildTaskDefinition, type Mount } from "./task-definition.ts";
import type { WiredProgram } from "./wiring.ts";
import type { Made, Value } from "./value.ts";

export interface BuiltService {
  readonly named: Named<"service">;
  readonly service: Made;
  readonly taskDefinition: Made;
  readonly scale: FilledScale;
}

/** What ECS calls it. */
export function serviceName({ stem }: Pick<Compilation, "stem">, named: Named<"service">): string {
  return named.declared.options.name ?? `${stem}-${named.kebab}`;
}

/** The internal URL, by Service Connect. */
export function serviceTarget(named: Named<"service">): Target {
  const url = `http://${named.kebab}:${named.declared.options.port}`;
  return { inject: () => ({ kind: "open", value: () => url }) };
}

export function buildService(
  compilation: Compilation,
  program: WiredProgram,
  parts: {
    image: BuiltImage;
    environment: Environment;
    roles: Roles;
    logGroup: Made;
    cluster: Made;
    network: Network;
    groups: readonly Value[];
    loadBalancers: readonly Balancer[];
    mounts: readonly Mount[];
    queues: readonly BuiltQueue[];
    /** What must stand before its first task starts. */
    after: readonly Made[];
  },
): BuiltService {
  const { draft, production } = compilation;
  const named = program.named as Named<"service">;
  const { options } = named.declared;
  const { network, cluster, groups } = parts;
  const origin = compilation.origin(named);
  const called = isCalled(compilation, named.declared);
  const calls = program.reaches.some((of) => of.kind === "service" && !of.options.entrance);
  const behind = parts.loadBalancers.filter(({ targetGroups }) => targetGroups.has(named.declared));
  const taskDefinition = buildTaskDefinition(compilation, "compute", named, {
    ...parts,
    connected: called,
    balanced: behind.length > 0,
  });
  const scale = scaleOf(options.scale);
  const singleton = options.deploy === "replace";
  const rollout = rolloutOf(options);
  const moved = rollout && behind[0] && buildRollout(compilation, named, behind[0]);
  // A rollout names its rule, and so waits for it anyway.
  const after = [...parts.after, ...(moved ? [] : behind.flatMap((balancer) => balancer.rulesOf(named.declared)))];
  const { subnets, assignPublicIp } = placementOf(network, Boolean(options.public));

  const service = draft.add("compute", `${named.id}Service`, { ...origin, part: "Service" }, (here) => ({
    Type: "AWS::ECS::Service",
    ...dependsOn(here.after(after)),
    Properties: {
      ServiceName: serviceName(compilation, named),
      Cluster: here.take(cluster.ref()),
      TaskDefinition: here.take(taskDefinition.ref()),
      CapacityProviderStrategy: capacity(options.spot === true, production),
      // Where it scales, the number is the scaler's: it begins with one copy, and no deploy sets it back.
      ...(!scales(scale) && {
        DesiredCount: {
          "Fn::If": [
            here.condition(`${named.id}Starts`, { "Fn::Equals": [here.take(startsParameter(named)), "true"] }),
            here.take(countParameter(named, scale.min)),
            { Ref: "AWS::NoValue" },
          ],
        },
      }),
      DeploymentConfiguration: {
        MinimumHealthyPercent: singleton ? 0 : 100,
        MaximumPercent: singleton ? 100 : 200,
        DeploymentCircuitBreaker: { Enable: true, Rollback: true },
        ...(moved ? rolloutConfiguration(here, rollout, moved) : behind.length > 0 ? copyByCopy : {}),
      },
      NetworkConfiguration: {
        AwsvpcConfiguration: {
          AssignPublicIp: assignPublicIp ? "ENABLED" : "DISABLED",
          Subnets: subnets.map((subnet) => here.take(subnet)),
          SecurityGroups: groups.map((group) => here.take(group)),
        },
      },
      ...((called || calls) && {
        ServiceConnectConfiguration: {
          Enabled: true,
          ...(called && {
            // Unique in its namespace; the port's name, which it would be otherwise, is the same for all.
            Services: [{ PortName: "http", DiscoveryName: named.kebab, ClientAliases: [{ DnsName: named.kebab, Port: options.port! }] }],
          }),
        },
      }),
      ...(behind.length > 0 && {
        LoadBalancers: behind.map(({ targetGroups, alternates, rulesOf }) => ({
          ContainerName: named.kebab,
          ContainerPort: options.port!,
          TargetGroupArn: here.take(targetGroups.get(named.declared)!.ref()),
          ...(moved && {
            AdvancedConfiguration: {
              AlternateTargetGroupArn: here.take(alternates.get(named.declared)!.ref()),
              ProductionListenerRule: here.take(rulesOf(named.declared)[0]!.ref()),
              RoleArn: here.take(moved.role.attribute("Arn")),
            },
          }),
        })),
        HealthCheckGracePeriodSeconds: graceSeconds(named),
      }),
      EnableExecuteCommand: options.exec === true,
      EnableECSManagedTags: true,
      PropagateTags: "SERVICE",
    },
  }));

  buildScaling(compilation, named, { ...parts, scale, service });
  return { named, service, taskDefinition, scale };
}

function dependsOn(ids: string[]): { DependsOn?: string[] } {
  return ids.length > 0 ? { DependsOn: ids } : {};
}

/** Spare capacity or not; in production one copy always stands on capacity that is not taken away. */
function capacity(spot: boolean, production: boolean): { CapacityProvider: string; Weight: number; Base?: number }[] {
  if (!spot) return [{ CapacityProvider: "FARGATE", Weight: 1 }];
  if (!production) return [{ CapacityProvider: "FARGATE_SPOT", Weight: 1 }];
  return [
    { CapacityProvider: "FARGATE", Base: 1, Weight: 0 },
    { CapacityProvider: "FARGATE_SPOT", Weight: 1 },
  ];
}

function startsParameter({ id, key }: Named<"service">): Value {
  return {
    kind: "source",
    name: `${id}SetsCount`,
    parameter: {
      Type: "String",
      AllowedValues: ["true", "false"],
      Default: "true",
      Description: `Whether this update sets how many copies of ${key} run; false keeps the running number`,
    },
    source: { from: "sets-count", count: `${id}Count` },
  };
}

function countParameter({ id, key }: Named<"service">, count: number): Value {
  return {
    kind: "source",
    name: `${id}Count`,
    parameter: { Type: "Number", MinValue: 0, MaxValue: 1000, Default: count, Description: `How many copies of ${key} run` },
    source: { from: "value", value: String(count) },
  };
}
