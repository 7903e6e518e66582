/** Requests from the internet are encrypted. */
import { asRecord, asRecords } from "../facts.ts";
import { each, type Rule } from "../rule.ts";

const types = ["AWS::ElasticLoadBalancingV2::Listener"];

export const rule: Rule = {
  id: "lb-plaintext",
  severity: "medium",
  controls: ["ELB.1", "ELB.18"],
  production: true,
  types,
  reason: "Passwords and sessions cross the internet in the open.",
  remedy: "Give it a certificate, and let port 80 redirect: in the app domain.",
  find: each(types, ({ properties }, { named }) => {
    if (properties["Protocol"] !== "HTTP" || named(properties["LoadBalancerArn"])?.properties["Scheme"] === "internal") return undefined;
    const redirects = asRecords(properties["DefaultActions"]).some(
      (one) => one["Type"] === "redirect" && asRecord(one["RedirectConfig"])["Protocol"] === "HTTPS",
    );
    return !redirects && "it takes HTTP and does not redirect";
  }),
};
