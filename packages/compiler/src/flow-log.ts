/** The record of connections: a flow log, its group and its role. */
import { deleted, type Compilation } from "./compilation.ts";
import type { Origin } from "./origin.ts";
import { retention } from "./log-group.ts";
import { buildRole } from "./role.ts";
import { encrypted } from "./stage-key.ts";
import type { Value } from "./value.ts";

export function buildFlowLog(compilation: Compilation, origin: Origin, vpc: Value, retain: string): void {
  const { draft, stem } = compilation;
  const group = draft.add("network", "FlowLogGroup", origin, (here) => ({
    Type: "AWS::Logs::LogGroup",
    ...deleted,
    Properties: { LogGroupName: `/vpc/${stem}`, ...retention(retain), ...encrypted(here, compilation.key) },
  }));
  const role = buildRole(compilation, "network", "FlowLogRole", origin, {
    trusts: "vpc-flow-logs.amazonaws.com",
    policyName: "write",
    allows: (here) => [
      {
        Effect: "Allow",
        Action: ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
        Resource: here.take(group.attribute("Arn")),
      },
      { Effect: "Allow", Action: "logs:DescribeLogGroups", Resource: "*" },
    ],
  });
  draft.add("network", "FlowLog", origin, (here) => ({
    Type: "AWS::EC2::FlowLog",
    Properties: {
      ResourceType: "VPC",
      ResourceId: here.take(vpc),
      TrafficType: "ALL",
      LogDestinationType: "cloud-watch-logs",
      LogGroupName: here.take(group.ref()),
      DeliverLogsPermissionArn: here.take(role.attribute("Arn")),
      MaxAggregationInterval: 600,
    },
  }));
}
