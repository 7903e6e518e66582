/** Connections of a network in production are recorded. */
import { each, type Rule } from "../rule.ts";

const types = ["AWS::EC2::VPC"];

export const rule: Rule = {
  id: "network-unwatched",
  severity: "low",
  controls: ["EC2.6", "CIS 3.7"],
  production: true,
  types,
  reason: "After an incident nobody can say who spoke with whom.",
  remedy: "Add an AWS::EC2::FlowLog: in the app vpc({ flowLogs: true }).",
  find: each(
    types,
    (network, { ofType, named }) =>
      !ofType("AWS::EC2::FlowLog").some(({ properties }) => named(properties["ResourceId"])?.id === network.id) && "it has no flow log",
  ),
};
