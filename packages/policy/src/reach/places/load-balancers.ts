/** Load balancers, and to what their listeners and rules hand on. */
import { asNumber, asRecord, asRecords, type Facts, type Resource } from "../../facts.ts";
import { groupIds, type Ports } from "../groups.ts";
import type { UnnamedPlace } from "../places.ts";
import { idOf, idsOf } from "../routes.ts";
import { common, tcp } from "./programs.ts";

export function balancers(facts: Facts): UnnamedPlace[] {
  const rulesOf = groupBy(facts.ofType("AWS::ElasticLoadBalancingV2::ListenerRule"), "ListenerArn");
  const listenersOf = groupBy(facts.ofType("AWS::ElasticLoadBalancingV2::Listener"), "LoadBalancerArn");
  const membersOf = members(facts);
  return facts.ofType("AWS::ElasticLoadBalancingV2::LoadBalancer").map((one) => {
    const listeners = listenersOf.get(one.id) ?? [];
    const { Scheme, Subnets, SubnetMappings, SecurityGroups } = one.properties;
    const targetGroups = listeners
      .flatMap((listener) => [listener, ...(rulesOf.get(listener.id) ?? [])])
      .flatMap(({ properties }) => forwardTargets([...asRecords(properties["DefaultActions"]), ...asRecords(properties["Actions"])]));
    return {
      ...common(one),
      kind: "load balancer" as const,
      groups: groupIds(SecurityGroups),
      subnets: Subnets === undefined ? asRecords(SubnetMappings).flatMap((mapping) => idsOf(mapping["SubnetId"])) : idsOf(Subnets),
      publicAddress: Scheme !== "internal",
      listens: listeners.flatMap(({ properties }) => {
        const port = asNumber(properties["Port"]);
        const udp = String(properties["Protocol"]).includes("UDP");
        return port === undefined ? [] : [udp ? { ...tcp(port), protocol: "udp" } : tcp(port)];
      }),
      forwardsTo: [...new Set(targetGroups)].flatMap((id) => membersOf.get(id) ?? []),
    };
  });
}

function groupBy(resources: readonly Resource[], property: string): Map<string, Resource[]> {
  const groups = new Map<string, Resource[]>();
  for (const resource of resources) {
    const id = idOf(resource.properties[property]);
    if (id !== undefined) groups.set(id, [...(groups.get(id) ?? []), resource]);
  }
  return groups;
}

/** The target groups to which actions forward. */
function forwardTargets(actions: readonly Readonly<Record<string, unknown>>[]): string[] {
  return actions.flatMap(({ TargetGroupArn, ForwardConfig }) => [
    ...idsOf(TargetGroupArn),
    ...asRecords(asRecord(ForwardConfig)["TargetGroups"]).flatMap((one) => idsOf(one["TargetGroupArn"])),
  ]);
}

/** What is registered in each target group, with the port there. */
function members(facts: Facts): Map<string, { id: string; ports: Ports[] }[]> {
  const found = new Map<string, { id: string; ports: Ports[] }[]>();
  const add = (group: string | undefined, id: string, port: number | undefined) => {
    if (group === undefined) return;
    const member = { id, ports: port === undefined ? [] : [tcp(port)] };
    const before = found.get(group);
    if (before) before.push(member);
    else found.set(group, [member]);
  };
  for (const service of facts.ofType("AWS::ECS::Service")) {
    for (const { TargetGroupArn, ContainerPort } of asRecords(service.properties["LoadBalancers"])) {
      add(idOf(TargetGroupArn), service.id, asNumber(ContainerPort));
    }
  }
  for (const group of facts.ofType("AWS::ElasticLoadBalancingV2::TargetGroup")) {
    for (const { Id: target, Port: port } of asRecords(group.properties["Targets"])) {
      const id = idOf(target);
      if (id !== undefined) add(group.id, id, asNumber(port) ?? asNumber(group.properties["Port"]));
    }
  }
  return found;
}
