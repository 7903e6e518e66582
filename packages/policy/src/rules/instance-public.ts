/** Machines have no public addresses. */
import { asRecords, isTrue } from "../facts.ts";
import { each, type Rule } from "../rule.ts";

const types = ["AWS::EC2::Instance"];

export const rule: Rule = {
  id: "instance-public",
  severity: "medium",
  controls: ["EC2.9"],
  types,
  reason: "It is one security group rule away from everybody.",
  remedy: "Put it into a private subnet; reach it by Session Manager.",
  find: each(
    types,
    ({ properties }) =>
      asRecords(properties["NetworkInterfaces"]).some((one) => isTrue(one["AssociatePublicIpAddress"])) && "it gets a public address",
  ),
};
