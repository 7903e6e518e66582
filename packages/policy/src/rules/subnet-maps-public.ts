/** Machines get public addresses when somebody says so, not by where they stand. */
import { isTrue } from "../facts.ts";
import { each, type Rule } from "../rule.ts";

const types = ["AWS::EC2::Subnet"];

export const rule: Rule = {
  id: "subnet-maps-public",
  severity: "medium",
  controls: ["EC2.15"],
  types,
  reason: "Whatever is started there is on the internet, unasked.",
  remedy: "Leave out MapPublicIpOnLaunch; say it at the program that needs it.",
  find: each(types, ({ properties }) => isTrue(properties["MapPublicIpOnLaunch"]) && "MapPublicIpOnLaunch is true"),
};
