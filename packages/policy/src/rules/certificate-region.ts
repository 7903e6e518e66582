/** Certificates of CloudFront lie in us-east-1. */
import { asRecord } from "../facts.ts";
import { each, type Rule } from "../rule.ts";

const types = ["AWS::CloudFront::Distribution"];

export const rule: Rule = {
  id: "certificate-region",
  severity: "high",
  controls: [],
  types,
  reason: "CloudFront refuses every other, and the stack fails.",
  remedy: "Make the certificate in a stack of us-east-1.",
  find: each(types, ({ properties }, { named }) => {
    const arn = asRecord(asRecord(properties["DistributionConfig"])["ViewerCertificate"])["AcmCertificateArn"];
    const region = named(arn)?.region ?? /^arn:aws[a-z-]*:acm:([a-z0-9-]+):/.exec(String(arn))?.[1];
    return region !== undefined && region !== "us-east-1" && `its certificate lies in ${region}`;
  }),
};
