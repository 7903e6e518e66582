/** Logs, alarms and dashboards, and the stacks themselves. */
import { of, type PermissionsByType } from "./actions.ts";

export const watchPermissions: PermissionsByType = {
  "AWS::CloudFormation::WaitConditionHandle": [],
  "AWS::CloudWatch::Alarm": of(
    "cloudwatch",
    "PutMetricAlarm",
    "DeleteAlarms",
    "DescribeAlarms",
    "ListTagsForResource",
    "TagResource",
    "UntagResource",
  ),
  "AWS::CloudWatch::Dashboard": of("cloudwatch", "PutDashboard", "GetDashboard", "DeleteDashboards"),
  "AWS::Logs::LogGroup": of(
    "logs",
    "CreateLogGroup",
    "DeleteLogGroup",
    "DescribeLogGroups",
    "PutRetentionPolicy",
    "DeleteRetentionPolicy",
    "TagResource",
    "UntagResource",
    "ListTagsForResource",
    "GetDataProtectionPolicy",
    "DescribeIndexPolicies",
    "AssociateKmsKey",
    "DisassociateKmsKey",
  ),
  "AWS::Logs::ResourcePolicy": of("logs", "PutResourcePolicy", "DeleteResourcePolicy", "DescribeResourcePolicies"),
};
