/** How log groups, streams and metric filters are read again. */
import { exact, type Readers } from "../../../resource.ts";

export const readers: Readers = {
  "AWS::Logs::LogGroup": async ({ call, physicalId, region, account }) => {
    const { logGroups = [] } = await call("logs", "DescribeLogGroups", { logGroupNamePrefix: physicalId });
    const group = logGroups.find(({ logGroupName }) => logGroupName === physicalId);
    if (!group) return undefined;
    const { tags = {} } = await call("logs", "ListTagsForResource", {
      resourceArn: `arn:aws:logs:${region}:${account}:log-group:${physicalId}`,
    });
    return {
      ...group,
      RetentionInDays: group.retentionInDays ?? null,
      KmsKeyId: group.kmsKeyId ?? null,
      Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    };
  },
  "AWS::Logs::LogStream": async ({ call, physicalId, properties: { LogGroupName } }) => {
    const { logStreams = [] } = await call("logs", "DescribeLogStreams", { logGroupName: LogGroupName, logStreamNamePrefix: physicalId });
    const stream = logStreams.find(({ logStreamName }) => logStreamName === physicalId);
    return stream && { LogGroupName, LogStreamName: stream.logStreamName };
  },
  "AWS::Logs::MetricFilter": async ({ call, physicalId, properties: { LogGroupName } }) => {
    const { metricFilters = [] } = await call("logs", "DescribeMetricFilters", {
      logGroupName: LogGroupName,
      filterNamePrefix: physicalId,
    });
    const filter = metricFilters.find(({ filterName }) => filterName === physicalId);
    return filter && { ...filter };
  },
  "AWS::Logs::ResourcePolicy": async ({ call, physicalId, properties: { PolicyDocument } }) => {
    const { resourcePolicies = [] } = await call("logs", "DescribeResourcePolicies", {});
    const policy = resourcePolicies.find(({ policyName }) => policyName === physicalId);
    if (!policy) return undefined;
    const { policyName, policyDocument = "{}" } = policy;
    return {
      PolicyName: policyName,
      PolicyDocument: typeof PolicyDocument === "string" ? policyDocument : exact(JSON.parse(policyDocument)),
    };
  },
};
