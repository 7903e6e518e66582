/** How a new version takes over as a whole beside the old one: ECS moves the requests of a listener rule. Source: aws-recipes §6. */
import { durationSeconds, type Rollout } from "@plinth/language/reading";
import type { Balancer } from "./balancer.ts";
import { deleted, type Compilation } from "./compilation.ts";
import type { Named } from "./inventory.ts";
import type { Here, Made, Value } from "./value.ts";

/** Answers 500 to 599 within a minute from which on the old version gets all requests back. */
const mostErrors = 10;

/** `undefined` where a new version takes over copy by copy. */
export function rolloutOf({ deploy }: Named<"service">["declared"]["options"]): Rollout | undefined {
  return typeof deploy === "object" ? deploy : undefined;
}

/** Where a rule sends requests: both groups, one of them with all. ECS writes these weights afterwards, so the deployer keeps them as they stand. */
export function forwardTo(here: Here, first: Made, moved?: { alternate: Made; rule: string }) {
  if (!moved) return { Type: "forward", TargetGroupArn: here.take(first.ref()) };
  const { alternate, rule } = moved;
  const weight = (index: number): number => here.take(weightParameter(rule, index)) as never;
  return {
    Type: "forward",
    ForwardConfig: {
      TargetGroups: [
        { TargetGroupArn: here.take(first.ref()), Weight: weight(0) },
        { TargetGroupArn: here.take(alternate.ref()), Weight: weight(1) },
      ],
    },
  };
}

function weightParameter(rule: string, index: number): Value {
  return {
    kind: "source",
    name: `${rule}${index === 0 ? "Weight" : "OtherWeight"}`,
    parameter: {
      Type: "Number",
      MinValue: 0,
      MaxValue: 999,
      Default: index === 0 ? 100 : 0,
      Description: "What ECS has set; an update keeps it",
    },
    source: { from: "rule-weight", rule, index },
  };
}

export interface BuiltRollout {
  readonly role: Made;
  readonly alarm: Made;
}

/** The role with which ECS changes the rule, and the alarm on which it goes back. */
export function buildRollout(compilation: Compilation, named: Named<"service">, balancer: Balancer): BuiltRollout {
  const { draft } = compilation;
  const { id, key, declared } = named;
  const { override: _, ...origin } = compilation.origin(named);
  const role = draft.add("iam", `${id}RolloutRole`, origin, () => ({
    Type: "AWS::IAM::Role",
    Properties: {
      AssumeRolePolicyDocument: {
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Principal: { Service: "ecs.amazonaws.com" }, Action: "sts:AssumeRole" }],
      },
      ManagedPolicyArns: [{ "Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/AmazonECSInfrastructureRolePolicyForLoadBalancers" }],
    },
  }));
  const groups = [balancer.targetGroups.get(declared)!, balancer.alternates.get(declared)!];
  const alarm = draft.add("compute", `${id}RolloutAlarm`, origin, (here) => ({
    Type: "AWS::CloudWatch::Alarm",
    ...deleted,
    Properties: {
      AlarmDescription: `${key} has answered more than ${mostErrors} requests of a minute with 500 to 599: a new version is taken back`,
      Metrics: [
        ...groups.map((group, i) => ({
          Id: i === 0 ? "first" : "second",
          ReturnData: false,
          MetricStat: {
            Stat: "Sum",
            Period: 60,
            Metric: {
              Namespace: "AWS/ApplicationELB",
              MetricName: "HTTPCode_Target_5XX_Count",
              Dimensions: [
                { Name: "LoadBalancer", Value: here.take(balancer.loadBalancer.attribute("LoadBalancerFullName")) },
                { Name: "TargetGroup", Value: here.take(group.attribute("TargetGroupFullName")) },
              ],
            },
          },
        })),
        { Id: "errors", ReturnData: true, Label: "5xx", Expression: "FILL(first, 0) + FILL(second, 0)" },
      ],
      ComparisonOperator: "GreaterThanThreshold",
      Threshold: mostErrors,
      EvaluationPeriods: 1,
      TreatMissingData: "notBreaching",
    },
  }));
  return { role, alarm };
}

/** Said where it could be otherwise: ECS keeps what an update leaves out, and so a service that has had a rollout would keep it, with an alarm that is gone. */
export const copyByCopy = { Strategy: "ROLLING", Alarms: { AlarmNames: [], Enable: false, Rollback: false } };

/** What the service's `DeploymentConfiguration` says of it. */
export function rolloutConfiguration(here: Here, rollout: Rollout, { alarm }: BuiltRollout) {
  const minutes = (duration: string | undefined, otherwise: number): number =>
    Math.round((durationSeconds(duration ?? "") ?? otherwise * 60) / 60);
  return {
    Strategy: { "blue-green": "BLUE_GREEN", linear: "LINEAR", canary: "CANARY" }[rollout.strategy],
    BakeTimeInMinutes: minutes(rollout.bake, 5),
    ...(rollout.strategy === "linear" && {
      LinearConfiguration: { StepPercent: rollout.percent ?? 10, StepBakeTimeInMinutes: minutes(rollout.every, 5) },
    }),
    ...(rollout.strategy === "canary" && {
      CanaryConfiguration: { CanaryPercent: rollout.percent ?? 10, CanaryBakeTimeInMinutes: minutes(rollout.every, 10) },
    }),
    Alarms: { AlarmNames: [here.take(alarm.ref()) as never], Enable: true, Rollback: true },
  };
}
