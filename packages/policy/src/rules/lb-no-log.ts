/** Requests in production are recorded. */
import { asRecords, isTrue } from "../facts.ts";
import { each, type Rule } from "../rule.ts";

function attribute(properties: Readonly<Record<string, unknown>>, name: string): unknown {
  return asRecords(properties["LoadBalancerAttributes"]).find(({ Key }) => Key === name)?.["Value"];
}

const types = ["AWS::ElasticLoadBalancingV2::LoadBalancer"];

export const rule: Rule = {
  id: "lb-no-log",
  severity: "low",
  controls: ["ELB.5"],
  production: true,
  types,
  reason: "After an incident nobody can say who asked for what.",
  remedy: "Set access_logs.s3.enabled with a bucket: in the app accessLogs.",
  find: each(types, ({ properties }) => !isTrue(attribute(properties, "access_logs.s3.enabled")) && "it keeps no access log"),
};
