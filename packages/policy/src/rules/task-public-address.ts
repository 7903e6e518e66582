/** Tasks have no public addresses. */
import { asRecord } from "../facts.ts";
import { each, type Rule } from "../rule.ts";

const types = ["AWS::ECS::Service"];

export const rule: Rule = {
  id: "task-public-address",
  severity: "medium",
  controls: ["ECS.2", "ECS.16"],
  types,
  reason: "It is one security group rule away from everybody.",
  remedy: "Put it behind a load balancer and into private subnets; or keep it, and know what its group lets in.",
  find: each(
    types,
    ({ properties }) =>
      asRecord(asRecord(properties["NetworkConfiguration"])["AwsvpcConfiguration"])["AssignPublicIp"] === "ENABLED" &&
      "its tasks get public addresses",
  ),
};
