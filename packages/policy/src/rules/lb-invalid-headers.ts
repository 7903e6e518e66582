/** Requests with malformed headers go no further. */
import { asRecords, isTrue } from "../facts.ts";
import { each, type Rule } from "../rule.ts";

function attribute(properties: Readonly<Record<string, unknown>>, name: string): unknown {
  return asRecords(properties["LoadBalancerAttributes"]).find(({ Key }) => Key === name)?.["Value"];
}

const types = ["AWS::ElasticLoadBalancingV2::LoadBalancer"];

export const rule: Rule = {
  id: "lb-invalid-headers",
  severity: "medium",
  controls: ["ELB.4"],
  types,
  reason: "Two programs may read such a request as two different ones, and one of them is an attack.",
  remedy: "Set routing.http.drop_invalid_header_fields.enabled to true.",
  find: each(
    types,
    ({ properties }) =>
      (properties["Type"] ?? "application") === "application" &&
      !isTrue(attribute(properties, "routing.http.drop_invalid_header_fields.enabled")) &&
      "it passes them on",
  ),
};
