/** A service: its task definition, how many copies run, how a new version takes over. Source: aws-recipes §6. */
import type { Scale } from "@plinth/language";
import { isCalled } from "./cluster.ts";
import type { Compilation, Target } from "./compilation.ts";
import type { Environment } from "./environment.ts";
import type { BuiltImage } from "./image.ts";
import type { Named } from "./inventory.ts";
import type { Network } from "./network.ts";
import type { Roles } from "./roles.ts";
import { buildTaskDefinition } from "./task-definition.ts";
import type { WiredProgram } from "./wiring.ts";
import type { Made, Value } from "./value.ts";

export interface BuiltService {
  readonly named: Named<"service">;
  readonly service: Made;
  readonly taskDefinition: Made;
  readonly scale: Required<Pick<Scale, "min" | "max">> & Scale;
}

/** How many copies run, with the defaults filled in. */
export function scaleOf(scale: number | Scale | undefined): BuiltService["scale"] {
  if (typeof scale === "number") return { min: scale, max: scale };
  const min = scale?.min ?? 1;
  const max = scale?.max ?? min;
  return { ...scale, min, max, ...(max > min && scale?.cpu === undefined && scale?.memory === undefined && { cpu: 70 }) };
}

/** What ECS calls it. */
export function serviceName(named: Named<"service">): string {
  return named.declared.options.name ?? named.kebab;
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
    group: Value;
    /** What must stand before its first task starts. */
    after: readonly Made[];
  },
): BuiltService {
  const { draft, production } = compilation;
  const named = program.named as Named<"service">;
  const { options } = named.declared;
  const { network, cluster, group } = parts;
  const origin = compilation.origin(named);
  const called = isCalled(compilation, named.declared);
  const calls = program.reaches.some((of) => of.kind === "service");
  const taskDefinition = buildTaskDefinition(compilation, "compute", named, { ...parts, connected: called });
  const scale = scaleOf(options.scale);
  const scales = scale.max > scale.min;
  const singleton = options.deploy === "replace";
  const { subnets, assignPublicIp } = placementOf(network, Boolean(options.public));

  const service = draft.add("compute", `${named.id}Service`, { ...origin, part: "Service" }, (here) => ({
    Type: "AWS::ECS::Service",
    ...dependsOn(here.after(parts.after)),
    Properties: {
      ServiceName: serviceName(named),
      Cluster: here.take(cluster.ref()),
      TaskDefinition: here.take(taskDefinition.ref()),
      CapacityProviderStrategy: capacity(options.spot === true, production),
      // Where it scales, the number is the scaler's: it begins with one copy, and no deploy sets it back.
      ...(!scales && {
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
      },
      NetworkConfiguration: {
        AwsvpcConfiguration: {
          AssignPublicIp: assignPublicIp ? "ENABLED" : "DISABLED",
          Subnets: subnets.map((subnet) => here.take(subnet)),
          SecurityGroups: [here.take(group)],
        },
      },
      ...((called || calls) && {
        ServiceConnectConfiguration: {
          Enabled: true,
          ...(called && {
            Services: [{ PortName: "http", ClientAliases: [{ DnsName: named.kebab, Port: options.port! }] }],
          }),
        },
      }),
      EnableExecuteCommand: options.exec === true,
      EnableECSManagedTags: true,
      PropagateTags: "SERVICE",
    },
  }));

  if (scales) {
    const target = draft.add("compute", `${named.id}Scaling`, origin, (here) => ({
      Type: "AWS::ApplicationAutoScaling::ScalableTarget",
      Properties: {
        ServiceNamespace: "ecs",
        ScalableDimension: "ecs:service:DesiredCount",
        ResourceId: {
          "Fn::Sub": [
            "service/${Cluster}/${Service}",
            { Cluster: here.take(cluster.ref()), Service: here.take(service.attribute("Name")) },
          ],
        },
        MinCapacity: scale.min,
        MaxCapacity: scale.max,
      },
    }));
    const follow = (part: string, metric: string, percent: number): void => {
      draft.add("compute", `${named.id}${part}Scaling`, origin, (here) => ({
        Type: "AWS::ApplicationAutoScaling::ScalingPolicy",
        Properties: {
          PolicyName: `${compilation.stem}-${named.kebab}-${part.toLowerCase()}`,
          PolicyType: "TargetTrackingScaling",
          ScalingTargetId: here.take(target.ref()),
          TargetTrackingScalingPolicyConfiguration: {
            PredefinedMetricSpecification: { PredefinedMetricType: metric },
            TargetValue: percent,
            ScaleInCooldown: 300,
            ScaleOutCooldown: 60,
          },
        },
      }));
    };
    if (scale.cpu !== undefined) follow("Cpu", "ECSServiceAverageCPUUtilization", scale.cpu);
    if (scale.memory !== undefined) follow("Memory", "ECSServiceAverageMemoryUtilization", scale.memory);
  }
  return { named, service, taskDefinition, scale };
}

/** Where tasks stand. A program with a public address stands in a public subnet, whatever the others do. */
export function placementOf(network: Network, isPublic: boolean): { subnets: readonly Value[]; assignPublicIp: boolean } {
  const open = isPublic || network.placement === "public";
  return { subnets: open ? network.publicSubnets : network.privateSubnets, assignPublicIp: open };
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
