/**
 * The log groups that RDS makes for the logs of its servers. Their names are known when the server stands, so no template holds them, and RDS
 * keeps their lines for ever and under CloudWatch's own key: each deploy makes of them what the app has of its other groups.
 */
import type { Assembly, ServerLog } from "@plinth/compiler";
import { isAwsError, type Aws } from "./aws.ts";
import { outputOf } from "./parameters.ts";
import type { DeployedStack } from "./stacks/stack-state.ts";

/** Those whose server stands in this stack. */
export const serverLogsOf = ({ serverLogs }: Assembly, stack: string): ServerLog[] =>
  serverLogs.filter(({ group }) => group.stack === stack);

/** Answers what was changed of them, by their names. */
export async function keepServerLogs(
  aws: Aws,
  assembly: Assembly,
  stack: string,
  stacks: ReadonlyMap<string, DeployedStack>,
): Promise<string[]> {
  const changed: string[] = [];
  for (const log of serverLogsOf(assembly, stack)) {
    const logGroupName = outputOf(stacks, log.group, log.name);
    const kmsKeyId = log.key && outputOf(stacks, log.key, log.name);
    if (await keep(aws, { logGroupName, retentionInDays: log.retainDays, kmsKeyId })) changed.push(logGroupName);
  }
  return changed;
}

async function keep(
  aws: Aws,
  { logGroupName, retentionInDays, kmsKeyId }: { logGroupName: string; retentionInDays: number; kmsKeyId: string | undefined },
): Promise<boolean> {
  const found = await groupOf(aws, logGroupName);
  if (!found) {
    // RDS takes one that is there already.
    try {
      await aws.call("logs", "CreateLogGroup", { logGroupName, ...(kmsKeyId !== undefined && { kmsKeyId }) });
    } catch (error) {
      if (!isAwsError(error, "ResourceAlreadyExistsException")) throw error; // RDS has just made it
      if (kmsKeyId !== undefined) await aws.call("logs", "AssociateKmsKey", { logGroupName, kmsKeyId });
    }
  } else if (found.kmsKeyId !== kmsKeyId) {
    if (kmsKeyId !== undefined) await aws.call("logs", "AssociateKmsKey", { logGroupName, kmsKeyId });
    else await aws.call("logs", "DisassociateKmsKey", { logGroupName });
  }
  const kept = found?.retentionInDays === retentionInDays;
  if (!kept) await aws.call("logs", "PutRetentionPolicy", { logGroupName, retentionInDays });
  return !kept || found.kmsKeyId !== kmsKeyId;
}

async function groupOf(aws: Aws, logGroupName: string) {
  const { logGroups = [] } = await aws.call("logs", "DescribeLogGroups", { logGroupNamePrefix: logGroupName });
  return logGroups.find((group) => group.logGroupName === logGroupName);
}
