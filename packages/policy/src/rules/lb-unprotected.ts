/** A load balancer in production cannot be deleted by mistake. */
import { asRecords, isTrue } from "../facts.ts";
import { each, type Rule } from "../rule.ts";

function attribute(properties: Readonly<Record<string, unknown>>, name: string): unknown {
  return asRecords(properties["LoadBalancerAttributes"]).find(({ Key }) => Key === name)?.["Value"];
}

const types = ["AWS::ElasticLoadBalancingV2::LoadBalancer"];

export const rule: Rule = {
  id: "lb-unprotected",
  severity: "medium",
  controls: ["ELB.6"],
  production: true,
  types,
  reason: "One wrong call takes the product off, and its address with it.",
  remedy: "Set deletion_protection.enabled to true.",
  find: each(
    types,
    ({ properties }) => !isTrue(attribute(properties, "deletion_protection.enabled")) && "deletion_protection.enabled is not set",
  ),
};
