/** The certificate of a distribution has all of its names. */
import { asList, asRecord } from "../facts.ts";
import { each, type Rule } from "../rule.ts";

const types = ["AWS::CloudFront::Distribution"];

export const rule: Rule = {
  id: "certificate-names",
  severity: "high",
  controls: [],
  types,
  reason: "CloudFront refuses names that the certificate does not have, and the stack fails.",
  remedy: "Add them to SubjectAlternativeNames.",
  find: each(types, ({ properties }, { named }) => {
    const { Aliases, ViewerCertificate } = asRecord(properties["DistributionConfig"]);
    const certificate = named(asRecord(ViewerCertificate)["AcmCertificateArn"]);
    if (!certificate)
      return (
        asList(Aliases).length > 0 && asRecord(ViewerCertificate)["AcmCertificateArn"] === undefined && "it has names and no certificate"
      );
    const has = [certificate.properties["DomainName"], ...asList(certificate.properties["SubjectAlternativeNames"])].map(String);
    const lacks = asList(Aliases)
      .map(String)
      .filter((name) => !name.includes("⟨") && !has.includes(name) && !has.includes(name.replace(/^[^.]+/, "*")));
    return lacks.length > 0 && `its certificate does not have ${lacks.join(", ")}`;
  }),
};
