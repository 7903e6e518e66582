/** StartExportTask, CancelExportTask, DescribeExportTasks: the data of a snapshot or a cluster as Parquet in a bucket. */
import { AwsError } from "../../../aws-error.ts";
import { markerPage } from "../../../marker-pages.ts";
import { operation, type OperationContext } from "../../../service.ts";
import { findCluster } from "../aurora/cluster.ts";
import { findClusterSnapshot } from "../backup/cluster-snapshot.ts";
import { invalidValue, notEmulated } from "../errors.ts";
import { checkExportRole } from "../export/export-role.ts";
import { type ExportTask, exportTasks, exportTaskShape, findExportTask, isUnderWay } from "../export/export-task.ts";
import { beginExport } from "../export/run-export.ts";
import { applyFilters } from "../filters.ts";
import { checkIdentifier } from "../names.ts";
import { findSnapshot } from "../snapshot.ts";
import { checkStorageKey } from "../storage-key.ts";

const mostAtOnce = 5;

export const startExportTask = operation("rds", "StartExportTask", async (input, context) => {
  const { cloud, region } = context;
  const identifier = checkIdentifier("ExportTaskIdentifier", input.ExportTaskIdentifier!, 60);
  const prefix = input.S3Prefix ?? "";
  if (prefix.includes(":")) throw invalidValue("The S3 prefix must not contain a colon (:).");
  const exportOnly = input.ExportOnly ?? [];
  for (const name of exportOnly)
    if (!/^[\w$]+(?:\.[\w$]+){0,2}$/.test(name))
      throw new AwsError(
        "InvalidExportOnly",
        `The export only value ${name} is invalid. It is database, database.schema or database.schema.table.`,
      );
  if (input.KmsKeyId === "") throw invalidValue("The parameter KmsKeyId must be provided and must not be blank.");
  if (exportTasks(cloud).has(region, identifier))
    throw new AwsError("ExportTaskAlreadyExists", `An export task with the ID ${identifier} already exists.`);
  const source = sourceOf(context, input.SourceArn!);
  const underWay = exportTasks(cloud).list(region).filter(isUnderWay);
  if (underWay.some(({ sourceArn }) => sourceArn === input.SourceArn))
    throw new AwsError("InvalidExportSourceState", "An export of this source is in progress already.");
  if (underWay.length >= mostAtOnce)
    throw new AwsError("ExportTaskLimitReachedFault", `You can have up to ${mostAtOnce} export tasks in progress.`);
  checkExportRole(cloud, region, input.IamRoleArn!, input.S3BucketName!);
  checkStorageKey(context, input.KmsKeyId);
  await checkBucket(context, input.S3BucketName!);
  const task: ExportTask = {
    identifier,
    sourceArn: input.SourceArn!,
    ...source,
    exportOnly,
    bucket: input.S3BucketName!,
    prefix,
    roleArn: input.IamRoleArn!,
    kmsKeyId: input.KmsKeyId!,
    status: "STARTING",
    percent: 0,
    sizeBytes: 0,
  };
  exportTasks(cloud).put(region, identifier, task);
  beginExport(cloud, region, identifier);
  const { SourceType: _, TotalExtractedDataInGB: total, ...shown } = exportTaskShape(task);
  return { ...shown, TotalExtractedDataInGB: total };
});

function sourceOf({ cloud, region }: OperationContext, arn: string): Pick<ExportTask, "source" | "snapshotMs"> {
  const [, , service, place, , kind] = arn.split(":");
  if (service !== "rds" || place !== region) throw invalidValue(`Invalid source ARN: ${arn}`);
  if (kind === "cluster") {
    const cluster = findCluster(cloud, region, arn.split(":").at(-1)!);
    if (cluster.status !== "available") throw invalidState(`The DB cluster ${cluster.identifier} is ${cluster.status}.`);
    if (cluster.server === "pglite") throw servedByPglite;
    return { source: "cluster", snapshotMs: cloud.world.clock.nowMs() };
  }
  if (kind !== "snapshot" && kind !== "cluster-snapshot") throw invalidValue(`Invalid source ARN: ${arn}`);
  const snapshot = kind === "snapshot" ? findSnapshot(cloud, region, arn) : findClusterSnapshot(cloud, region, arn);
  if (snapshot.status !== "available") throw invalidState(`The snapshot ${snapshot.identifier} is ${snapshot.status}.`);
  if (snapshot.server === "pglite") throw servedByPglite;
  return { source: kind, snapshotMs: snapshot.createdMs! };
}

const invalidState = (message: string) => new AwsError("InvalidExportSourceState", message);
const servedByPglite = notEmulated("exports of databases that PGlite serves");

async function checkBucket({ call }: OperationContext, bucket: string): Promise<void> {
  try {
    await call("s3", "HeadBucket", { Bucket: bucket });
  } catch (error) {
    if (!(error instanceof AwsError) || error.status !== 404) return; // whoever exports need not be able to see it
    throw new AwsError(
      "InvalidS3BucketFault",
      "The specified Amazon S3 bucket name can't be found or Amazon RDS isn't authorized to access the specified Amazon S3 bucket. Verify the S3BucketName and IamRoleArn values and try again.",
    );
  }
}

export const cancelExportTask = operation("rds", "CancelExportTask", (input, { cloud, region }) => {
  const task = findExportTask(cloud, region, input.ExportTaskIdentifier!);
  if (!isUnderWay(task)) {
    throw new AwsError("InvalidExportTaskStateFault", `You can't cancel the export task ${task.identifier}: it is ${task.status}.`);
  }
  const canceling: ExportTask = { ...task, status: "CANCELING" };
  exportTasks(cloud).put(region, task.identifier, canceling);
  const { SourceType: _, ...shown } = exportTaskShape(canceling);
  return shown;
});

export const describeExportTasks = operation("rds", "DescribeExportTasks", (input, { cloud, region }) => {
  let all = input.ExportTaskIdentifier ? [findExportTask(cloud, region, input.ExportTaskIdentifier)] : exportTasks(cloud).list(region);
  if (input.SourceArn) all = all.filter(({ sourceArn }) => sourceArn === input.SourceArn);
  if (input.SourceType) all = all.filter(({ source }) => (source === "cluster" ? "CLUSTER" : "SNAPSHOT") === input.SourceType);
  const filtered = applyFilters(all, input.Filters, {
    "export-task-identifier": ({ identifier }: ExportTask) => [identifier],
    "s3-bucket": ({ bucket }: ExportTask) => [bucket],
    "source-arn": ({ sourceArn }: ExportTask) => [sourceArn],
    status: ({ status }: ExportTask) => [status.toLowerCase()],
  });
  const { items, Marker } = markerPage(filtered, input, ({ identifier }) => identifier, "ExportTasks");
  return { ExportTasks: items.map(exportTaskShape), ...(Marker && { Marker }) };
});
