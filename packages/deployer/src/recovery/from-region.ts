/**
 * Fetches a copy that AWS Backup has made in another region back into the app's own, where the network and everything else stands that a
 * database needs. (Without that region, the app itself moves: docs/backups.md.)
 */
import { DeployError } from "../deploy-error.ts";
import type { Output } from "../aws.ts";
import { pollingDelaysMs, step, throwIfInterrupted, type Deployment } from "../deployment.ts";
import { deployedIds } from "../named-resources.ts";
import { describeStage } from "../stacks/stack-state.ts";
import { describeServer } from "./database-api.ts";
import { findStageDatabase } from "./stage-database.ts";

export interface FetchOptions {
  /** Needed where the app has several. */
  database?: string | undefined;
  region: string;
  /** The last copy of what was there then. @default the last one */
  at?: Date | undefined;
}

type Point = NonNullable<Output<"backup", "ListRecoveryPointsByBackupVault">["RecoveryPoints"]>[number];

/** Safe to repeat: a copy that is under way is waited for. @returns the name of the snapshot in the app's region. @throws DeployError */
export async function fetchCopy(deployment: Deployment, { database: name, region, at }: FetchOptions): Promise<string> {
  const { aws, assembly, time, signal } = deployment;
  const stacks = await describeStage(aws, assembly);
  const database = await findStageDatabase(aws, assembly, stacks, name);
  const vaults = await deployedIds(aws, assembly, stacks, "AWS::Backup::BackupVault", database.name);
  const vaultOf = (wanted: string) => vaults.find((vault) => vault.region === wanted)?.id;
  const [here, there] = [vaultOf(assembly.region), vaultOf(region)];
  if (here === undefined || there === undefined || region === assembly.region) {
    const others = vaults.filter((vault) => vault.region !== assembly.region).map((vault) => vault.region);
    throw new DeployError("not-found", `${database.name} has no copies in ${region}.`, {
      remedy:
        others.length > 0
          ? `It has some in ${others.join(", ")}.`
          : `Declare backup: { copy: { region: "…" } } and deploy: a copy of each day is there from then on.`,
    });
  }
  const server = await describeServer(aws, database.kind, database.identifier);
  const arn = server?.instance?.DBInstanceArn ?? server?.cluster?.DBClusterArn;
  const point = await chosen(deployment, { region, vault: there, arn, name: database.name, at });
  return step(deployment, "restore", `${database.name} from ${region}`, async () => {
    const far = aws.in(region);
    const { BackupVaultArn } = await aws.call("backup", "DescribeBackupVault", { BackupVaultName: here });
    const { CopyJobId } = await far.call("backup", "StartCopyJob", {
      SourceBackupVaultName: there,
      RecoveryPointArn: point.RecoveryPointArn,
      DestinationBackupVaultArn: BackupVaultArn,
      IamRoleArn: point.IamRoleArn,
      // The same for the same copy, so that the same command goes on; and no longer here than each day's own.
      IdempotencyToken: (point.RecoveryPointArn ?? "").slice(-64),
      Lifecycle: { DeleteAfterDays: 7 },
    });
    for (const delayMs of pollingDelaysMs(aws)) {
      throwIfInterrupted(signal);
      const { CopyJob: job } = await far.call("backup", "DescribeCopyJob", { CopyJobId });
      if (job?.State === "COMPLETED") {
        const snapshot = job.DestinationRecoveryPointArn?.split(":").slice(6).join(":") ?? "";
        return { value: snapshot, detail: `as of ${point.CreationDate?.toISOString()}` };
      }
      if (job?.State === "FAILED" || job?.State === "PARTIAL") {
        throw new DeployError(
          "stack-failed",
          `The copy of ${database.name} could not be fetched from ${region}: ${job.StatusMessage ?? job.State}`,
          {
            remedy: `aws backup describe-copy-job --region ${region} --copy-job-id ${CopyJobId}`,
          },
        );
      }
      await time.sleep(delayMs, signal);
    }
    throw new Error("unreachable");
  });
}

async function chosen(
  { aws }: Deployment,
  { region, vault, arn, name, at }: { region: string; vault: string; arn: string | undefined; name: string; at: Date | undefined },
): Promise<Point> {
  const points: Point[] = [];
  let page: Output<"backup", "ListRecoveryPointsByBackupVault"> | undefined;
  do {
    page = await aws.in(region).call("backup", "ListRecoveryPointsByBackupVault", {
      BackupVaultName: vault,
      ...(arn !== undefined && { ByResourceArn: arn }),
      NextToken: page?.NextToken,
    });
    points.push(...(page.RecoveryPoints ?? []).filter(({ Status }) => Status === "COMPLETED"));
  } while (page.NextToken !== undefined);
  const timeOf = ({ CreationDate }: Point) => CreationDate?.getTime() ?? 0;
  points.sort((a, b) => timeOf(b) - timeOf(a));
  const found = at ? points.find((point) => timeOf(point) <= at.getTime()) : points[0];
  if (found) return found;
  const oldest = points.at(-1)?.CreationDate?.toISOString();
  throw new DeployError(
    "not-found",
    `There is no copy of ${name} in ${region}${at && oldest ? ` of ${at.toISOString()} or before` : " yet"}.`,
    {
      remedy: oldest ? `The oldest is of ${oldest}.` : "AWS Backup makes one each day at 05:00 UTC.",
    },
  );
}
