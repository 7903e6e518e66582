/** Old versions of TLS are refused. */
import { each, type Rule } from "../rule.ts";

const types = ["AWS::ElasticLoadBalancingV2::Listener"];

export const rule: Rule = {
  id: "lb-old-tls",
  severity: "medium",
  controls: ["ELB.17"],
  types,
  reason: "Connections can be talked down to what is broken.",
  remedy: "SslPolicy: ELBSecurityPolicy-TLS13-1-2-2021-06 or newer.",
  find: each(
    types,
    ({ properties }) =>
      ["HTTPS", "TLS"].includes(String(properties["Protocol"])) &&
      !/TLS13-1-[23]/.test(String(properties["SslPolicy"] ?? "")) &&
      `SslPolicy is ${String(properties["SslPolicy"] ?? "the oldest")}`,
  ),
};
