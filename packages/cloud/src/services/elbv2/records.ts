/** What is kept of load balancers, listeners, rules and target groups; ARNs are their keys. */
import type { Action, RuleCondition, RuleTransform } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Collection } from "../../store.ts";
import type { Cloud } from "../../cloud.ts";
import type { OperationContext } from "../../service.ts";
import { listenerNotFound, loadBalancerNotFound, ruleNotFound, targetGroupNotFound } from "./errors.ts";

export type Scope = Pick<OperationContext, "cloud" | "account" | "region">;

interface Tagged {
  arn: string;
  tags: Record<string, string>;
  attributes: Record<string, string>;
}

export interface LoadBalancerRecord extends Tagged {
  name: string;
  scheme: "internet-facing" | "internal";
  vpcId: string;
  subnets: { id: string; zone: string }[];
  securityGroups: string[];
  ipAddressType: string;
  createdMs: number;
  /** Its own loopback address. */
  address: string;
  /** Stands for ports below 1024 where this user may not listen on them. */
  entryPort?: number;
}

export interface ListenerRecord extends Tagged {
  loadBalancerArn: string;
  protocol: "HTTP" | "HTTPS";
  port: number;
  sslPolicy?: string;
  /** The first is the default one. */
  certificates: string[];
  defaultRuleArn: string;
  defaultActions: Action[];
}

export interface RuleRecord extends Tagged {
  listenerArn: string;
  priority: number;
  conditions: RuleCondition[];
  actions: Action[];
  transforms: RuleTransform[];
}

export interface TargetRecord {
  id: string;
  port: number;
  availabilityZone?: string;
  registeredMs: number;
  drainingSinceMs?: number;
}

export interface TargetGroupRecord extends Tagged {
  name: string;
  protocol: "HTTP" | "HTTPS";
  protocolVersion: string;
  port: number;
  vpcId: string;
  targetType: "ip" | "instance";
  ipAddressType: string;
  healthCheck: {
    enabled: boolean;
    protocol: "HTTP" | "HTTPS";
    port: string;
    path: string;
    intervalSeconds: number;
    timeoutSeconds: number;
    healthyThreshold: number;
    unhealthyThreshold: number;
    matcher: string;
  };
  targets: TargetRecord[];
}

export const loadBalancers = (cloud: Cloud): Collection<LoadBalancerRecord> => cloud.store.collection("elbv2:load-balancer");
export const listeners = (cloud: Cloud): Collection<ListenerRecord> => cloud.store.collection("elbv2:listener");
export const rules = (cloud: Cloud): Collection<RuleRecord> => cloud.store.collection("elbv2:rule");
export const targetGroups = (cloud: Cloud): Collection<TargetGroupRecord> => cloud.store.collection("elbv2:target-group");

export function requireLoadBalancer({ cloud, region }: Scope, arn: string): LoadBalancerRecord {
  const found = loadBalancers(cloud).get(region, arn);
  if (!found) throw loadBalancerNotFound(arn);
  return found;
}

export function requireListener({ cloud, region }: Scope, arn: string): ListenerRecord {
  const found = listeners(cloud).get(region, arn);
  if (!found) throw listenerNotFound(arn);
  return found;
}

export function requireRule({ cloud, region }: Scope, arn: string): RuleRecord {
  const found = rules(cloud).get(region, arn);
  if (!found) throw ruleNotFound();
  return found;
}

export function requireTargetGroup({ cloud, region }: Scope, arn: string): TargetGroupRecord {
  const found = targetGroups(cloud).get(region, arn);
  if (!found) throw targetGroupNotFound();
  return found;
}

export const listenersOf = ({ cloud, region }: Scope, loadBalancerArn: string): ListenerRecord[] =>
  listeners(cloud)
    .list(region, `${loadBalancerArn.replace(":loadbalancer/", ":listener/")}/`)
    .toSorted((a, b) => a.port - b.port);

/** Without the default rule, in order of priority. */
export const rulesOf = ({ cloud, region }: Scope, listenerArn: string): RuleRecord[] =>
  rules(cloud)
    .list(region, `${listenerArn.replace(":listener/", ":listener-rule/")}/`)
    .toSorted((a, b) => a.priority - b.priority);

/** The target groups that actions forward to. */
export const groupsOf = (actions: readonly Action[]): string[] =>
  actions.flatMap(({ ForwardConfig }) => (ForwardConfig?.TargetGroups ?? []).flatMap(({ TargetGroupArn }) => TargetGroupArn ?? []));

/** By target group, the load balancers whose listeners or rules forward to it. */
export function usersOfGroups(scope: Scope): Map<string, Set<string>> {
  const users = new Map<string, Set<string>>();
  const note = (loadBalancerArn: string, actions: readonly Action[]) => {
    for (const arn of groupsOf(actions)) users.set(arn, (users.get(arn) ?? new Set()).add(loadBalancerArn));
  };
  const byListener = new Map<string, string>();
  for (const { arn, loadBalancerArn, defaultActions } of listeners(scope.cloud).list(scope.region)) {
    byListener.set(arn, loadBalancerArn);
    note(loadBalancerArn, defaultActions);
  }
  for (const { listenerArn, actions } of rules(scope.cloud).list(scope.region)) note(byListener.get(listenerArn) ?? "", actions);
  return users;
}
