/** Ambiguous requests are not passed on. */
import { asRecords } from "../facts.ts";
import { each, type Rule } from "../rule.ts";

function attribute(properties: Readonly<Record<string, unknown>>, name: string): unknown {
  return asRecords(properties["LoadBalancerAttributes"]).find(({ Key }) => Key === name)?.["Value"];
}

const types = ["AWS::ElasticLoadBalancingV2::LoadBalancer"];

export const rule: Rule = {
  id: "lb-desync",
  severity: "medium",
  controls: ["ELB.12"],
  types,
  reason: "A request can be hidden in another one.",
  remedy: "Keep routing.http.desync_mitigation_mode at defensive or strictest.",
  find: each(
    types,
    ({ properties }) => attribute(properties, "routing.http.desync_mitigation_mode") === "monitor" && "it only watches them",
  ),
};
