/** PutLoggingConfiguration, GetLoggingConfiguration, DeleteLoggingConfiguration, ListLoggingConfigurations. */
import type { LoggingConfiguration } from "@aws-sdk/client-wafv2";
import { operation, type OperationContext } from "../../../service.ts";
import { invalidParameter, logDestinationPermission, nonexistentItem, refused } from "../errors.ts";
import { check, checkScope, findByArn, pageByName } from "../items.ts";
import { forgetConfigurations, groupOf, loggingConfigurations } from "../request-log.ts";
import type { StoredAcl } from "../things.ts";

export const putLoggingConfiguration = operation("wafv2", "PutLoggingConfiguration", async (input, context) => {
  const given = input.LoggingConfiguration!;
  if (!findByArn<StoredAcl>(context, "webacl", given.ResourceArn)) throw nonexistentItem();
  const LogDestinationConfigs = [await checkedDestination(given, context)];
  check({
    logType: [given.LogType, { enum: ["WAF_LOGS"] }],
    logScope: [given.LogScope, { enum: ["CUSTOMER", "SECURITY_LAKE", "CLOUDWATCH_TELEMETRY_RULE_MANAGED"] }],
  });
  for (const filter of given.LoggingFilter?.Filters ?? []) {
    if (!filter.Conditions?.length) throw invalidParameter("A logging filter needs conditions.", "LOGGING_FILTER", "Conditions");
  }
  const kept: LoggingConfiguration = {
    LogType: "WAF_LOGS",
    LogScope: "CUSTOMER",
    ManagedByFirewallManager: false,
    ...given,
    LogDestinationConfigs,
  };
  loggingConfigurations(context.cloud).put(context.region, kept.ResourceArn!, kept);
  forgetConfigurations(context.cloud);
  return { LoggingConfiguration: kept };
});

async function checkedDestination({ LogDestinationConfigs = [] }: LoggingConfiguration, context: OperationContext): Promise<string> {
  check({ logDestinationConfigs: [LogDestinationConfigs, { length: [1, 100] }] });
  if (LogDestinationConfigs.length > 1)
    throw invalidParameter("You can define one logging destination per web ACL.", "LOG_DESTINATION", LogDestinationConfigs.join(","));
  const [arn] = LogDestinationConfigs as [string];
  if (arn.startsWith("arn:aws:s3:::")) throw refused("logs of web ACLs in S3; a log group (aws-waf-logs-…) takes them");
  if (arn.startsWith("arn:aws:firehose:")) throw refused("logs of web ACLs in Firehose; a log group (aws-waf-logs-…) takes them");
  const destination = arn.replace(/:\*$/u, "");
  const name = groupOf(destination);
  if (!destination.startsWith(`arn:aws:logs:${context.region}:${context.account}:log-group:`) || !name.startsWith("aws-waf-logs-")) {
    throw invalidParameter(
      "The ARN isn't valid. A valid ARN begins with arn: and includes other information separated by colons or slashes.",
      "LOG_DESTINATION",
      arn,
    );
  }
  const { logGroups = [] } = await context.call("logs", "DescribeLogGroups", { logGroupNamePrefix: name });
  if (!logGroups.some(({ logGroupName }) => logGroupName === name)) throw logDestinationPermission();
  return destination;
}

export const getLoggingConfiguration = operation("wafv2", "GetLoggingConfiguration", (input, { cloud, region }) => {
  const found = loggingConfigurations(cloud).get(region, input.ResourceArn!);
  if (!found) throw nonexistentItem();
  return { LoggingConfiguration: found };
});

export const deleteLoggingConfiguration = operation("wafv2", "DeleteLoggingConfiguration", (input, { cloud, region }) => {
  if (!loggingConfigurations(cloud).delete(region, input.ResourceArn!)) throw nonexistentItem();
  forgetConfigurations(cloud);
  return {};
});

export const listLoggingConfigurations = operation("wafv2", "ListLoggingConfigurations", (input, { cloud, region }) => {
  const scope = checkScope(input.Scope, region);
  const part = scope === "CLOUDFRONT" ? ":global/" : ":regional/";
  const all = loggingConfigurations(cloud)
    .list(region)
    .filter(({ ResourceArn }) => ResourceArn!.includes(part));
  const { members, ...page } = pageByName(all, input, `logging ${scope}`, ({ ResourceArn }) => ResourceArn!);
  return { LoggingConfigurations: members, ...page };
});
