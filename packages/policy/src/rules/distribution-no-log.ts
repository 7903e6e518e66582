/** Requests in production are recorded. */
import { asRecord } from "../facts.ts";
import { each, type Rule } from "../rule.ts";

const types = ["AWS::CloudFront::Distribution"];

export const rule: Rule = {
  id: "distribution-no-log",
  severity: "low",
  controls: ["CloudFront.5"],
  production: true,
  types,
  reason: "After an incident nobody can say who asked for what.",
  remedy: "Set Logging, or a delivery of its access log.",
  find: each(
    types,
    (distribution, { ofType, named }) =>
      asRecord(distribution.properties["DistributionConfig"])["Logging"] === undefined &&
      !ofType("AWS::Logs::DeliverySource").some(({ properties }) => named(properties["ResourceArn"])?.id === distribution.id) &&
      "it keeps no access log",
  ),
};
