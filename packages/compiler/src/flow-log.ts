/** The record of connections: a flow log, its group and its role. */
import { deleted, type Compilation } from "./compilation.ts";
import type { Origin } from "./draft.ts";
import { retention } from "./log-group.ts";
import type { Value } from "./value.ts";

export function buildFlowLog({ draft, stem }: Compilation, origin: Origin, vpc: Value, retain: string): void {
  const group = draft.add("network", "FlowLogGroup", origin, () => ({
    Type: "AWS::Logs::LogGroup",
    ...deleted,
    Properties: { LogGroupName: `/vpc/${stem}`, ...retention(retain) },
  }));
  const role = draft.add("network", "FlowLogRole", origin, (here) => ({
    Type: "AWS::IAM::Role",
    Properties: {
      AssumeRolePolicyDocument: {
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Principal: { Service: "vpc-flow-logs.amazonaws.com" }, Action: "sts:AssumeRole" }],
      },
      Policies: [
        {
          PolicyName: "write",
          PolicyDocument: {
            Version: "2012-10-17",
            Statement: [
              {
                Effect: "Allow",
                Action: ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
                Resource: here.take(group.attribute("Arn")),
              },
              { Effect: "Allow", Action: "logs:DescribeLogGroups", Resource: "*" },
            ],
          },
        },
      ],
    },
  }));
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
