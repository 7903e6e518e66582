/** Old versions of TLS are refused. */
import { asRecord } from "../facts.ts";
import { each, type Rule } from "../rule.ts";

const types = ["AWS::CloudFront::Distribution"];

export const rule: Rule = {
  id: "distribution-old-tls",
  severity: "medium",
  controls: ["CloudFront.10", "CloudFront.15"],
  types,
  reason: "Connections can be talked down to what is broken.",
  remedy: "MinimumProtocolVersion: TLSv1.2_2021 or newer.",
  find: each(types, ({ properties }) => {
    const certificate = asRecord(asRecord(properties["DistributionConfig"])["ViewerCertificate"]);
    const named = certificate["AcmCertificateArn"] ?? certificate["IamCertificateId"];
    const least = String(certificate["MinimumProtocolVersion"] ?? "TLSv1");
    return named !== undefined && !/^TLSv1\.[23]_20(?:19|2\d)$/.test(least) && `MinimumProtocolVersion is ${least}`;
  }),
};
