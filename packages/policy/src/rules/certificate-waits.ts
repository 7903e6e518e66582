/** Certificates prove their names by themselves. */
import { asRecords } from "../facts.ts";
import { each, type Rule } from "../rule.ts";

const types = ["AWS::CertificateManager::Certificate"];

export const rule: Rule = {
  id: "certificate-waits",
  severity: "medium",
  controls: [],
  types,
  reason: "The stack waits until somebody has made the DNS records by hand, or clicked in an e-mail.",
  remedy: "ValidationMethod DNS, with a HostedZoneId in DomainValidationOptions for each name.",
  find: each(types, ({ properties }) => {
    if (properties["CertificateAuthorityArn"] !== undefined) return undefined;
    if (properties["ValidationMethod"] !== "DNS") return "it waits for an e-mail to be answered";
    return (
      !asRecords(properties["DomainValidationOptions"]).some((one) => one["HostedZoneId"] !== undefined) &&
      "it waits for DNS records that nobody here makes"
    );
  }),
};
