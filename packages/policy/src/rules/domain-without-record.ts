/** A name that has a certificate leads somewhere. */
import { asRecords } from "../facts.ts";
import { each, type Rule } from "../rule.ts";

const types = ["AWS::CertificateManager::Certificate"];

export const rule: Rule = {
  id: "domain-without-record",
  severity: "low",
  controls: [],
  types,
  reason: "The name answers nobody until somebody makes its record by hand.",
  remedy: "Add an AWS::Route53::RecordSet for it.",
  find: each(types, ({ properties }, { ofType }) => {
    const name = String(properties["DomainName"] ?? "");
    const groups = ofType("AWS::Route53::RecordSetGroup").flatMap((one) => asRecords(one.properties["RecordSets"]));
    const sets = [...ofType("AWS::Route53::RecordSet").map((one) => one.properties), ...groups];
    const records = sets.map((one) => String(one["Name"]).replace(/\.$/, ""));
    const made = records.includes(name) || (name.startsWith("*.") && records.some((one) => one.endsWith(name.slice(1))));
    return name !== "" && !name.includes("⟨") && !made && `nothing here leads ${name} anywhere`;
  }),
};
