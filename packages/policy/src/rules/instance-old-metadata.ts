/** Machines answer for credentials only to who asks by a token (IMDSv2). */
import { asRecord } from "../facts.ts";
import { each, type Rule } from "../rule.ts";

const types = ["AWS::EC2::Instance"];

export const rule: Rule = {
  id: "instance-old-metadata",
  severity: "high",
  controls: ["EC2.8", "CIS 5.6"],
  types,
  reason: "A program that fetches addresses for others gives away the role of its machine.",
  remedy: "Set MetadataOptions: { HttpTokens: required }, here or in the launch template.",
  find: each(types, ({ properties }, { named }) => {
    const template = asRecord(named(asRecord(properties["LaunchTemplate"])["LaunchTemplateId"])?.properties["LaunchTemplateData"]);
    const options = asRecord(properties["MetadataOptions"] ?? template["MetadataOptions"]);
    return options["HttpTokens"] !== "required" && options["HttpEndpoint"] !== "disabled" && "HttpTokens is not required";
  }),
};
