/** Only the ports of the web are open to everybody. */
import { openRules } from "../open-rules.ts";
import { portsText } from "../reach/groups.ts";
import type { Rule } from "../rule.ts";

const types = ["AWS::EC2::SecurityGroup", "AWS::EC2::SecurityGroupIngress"];

export const rule: Rule = {
  id: "open-port",
  severity: "medium",
  controls: ["EC2.18"],
  types,
  reason: "Nothing stands before the program: no TLS, no firewall, no log of requests.",
  remedy: "Put a load balancer or CloudFront before it: in the app a loadBalancer, or public: { domain }.",
  find: (facts) =>
    openRules(facts)
      .filter(({ from, to }) => from !== to || (from !== 80 && from !== 443))
      .map(({ holder, ...ports }) => ({ resource: holder, what: `${portsText(ports)} is open to everybody` })),
};
