/** Query logging configurations. */
import { AwsError } from "../../../aws-error.ts";
import { operation } from "../../../service.ts";
import { invalidInput } from "../errors.ts";
import { queryLogs, type QueryLogRecord, queryLogsOf } from "../query-logs.ts";
import { everywhere, requireZone } from "../zones.ts";

/** Log groups of public zones lie in us-east-1. */
const logRegion = "us-east-1";

export const createQueryLoggingConfig = operation("route53", "CreateQueryLoggingConfig", async (input, context) => {
  const { cloud, principal } = context;
  const zone = requireZone(cloud, input.HostedZoneId);
  const group = /^arn:aws[\w-]*:logs:([\w-]+):\d{12}:log-group:([^:]+)(?::\*)?$/.exec(input.CloudWatchLogsLogGroupArn);
  if (!group || group[1] !== logRegion) throw invalidInput("The ARN for the CloudWatch Logs log group is invalid.");
  const found = await cloud.as(principal, logRegion)("logs", "DescribeLogGroups", { logGroupNamePrefix: group[2]! });
  if (!found.logGroups?.some(({ logGroupName }) => logGroupName === group[2]))
    throw new AwsError("NoSuchCloudWatchLogsLogGroup", "The specified CloudWatch Logs log group doesn't exist.", 404);
  if (queryLogsOf(cloud, zone.id).length > 0)
    throw new AwsError("QueryLoggingConfigAlreadyExists", "A query logging configuration already exists for this hosted zone.", 409);
  const record: QueryLogRecord = { id: cloud.world.random.uuid(), zoneId: zone.id, logGroupArn: input.CloudWatchLogsLogGroupArn };
  queryLogs(cloud).put(everywhere, record.id, record);
  return { QueryLoggingConfig: describe(record), Location: `https://route53.amazonaws.com/2013-04-01/queryloggingconfig/${record.id}` };
});

const describe = ({ id, zoneId, logGroupArn }: QueryLogRecord) => ({
  Id: id,
  HostedZoneId: zoneId,
  CloudWatchLogsLogGroupArn: logGroupArn,
});

const noSuchConfig = () => new AwsError("NoSuchQueryLoggingConfig", "The query logging configuration does not exist", 404);

export const getQueryLoggingConfig = operation("route53", "GetQueryLoggingConfig", ({ Id }, { cloud }) => {
  const found = queryLogs(cloud).get(everywhere, Id);
  if (!found) throw noSuchConfig();
  return { QueryLoggingConfig: describe(found) };
});

export const deleteQueryLoggingConfig = operation("route53", "DeleteQueryLoggingConfig", ({ Id }, { cloud }) => {
  if (!queryLogs(cloud).delete(everywhere, Id)) throw noSuchConfig();
  return {};
});

const mostConfigs = 100;

export const listQueryLoggingConfigs = operation("route53", "ListQueryLoggingConfigs", (input, { cloud }) => {
  const zone = input.HostedZoneId === undefined ? undefined : requireZone(cloud, input.HostedZoneId);
  const all = zone ? queryLogsOf(cloud, zone.id) : queryLogs(cloud).list(everywhere);
  const size = Math.min(Number(input.MaxResults ?? mostConfigs), mostConfigs);
  const from = input.NextToken === undefined ? 0 : all.findIndex(({ id }) => id === input.NextToken);
  if (from < 0)
    throw new AwsError(
      "InvalidPaginationToken",
      "The value that you specified to get the second or subsequent page of results is invalid.",
    );
  const next = all[from + size];
  return { QueryLoggingConfigs: all.slice(from, from + size).map(describe), ...(next && { NextToken: next.id }) };
});
