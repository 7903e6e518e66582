/** A task that writes the data of a snapshot or a cluster into a bucket. */
import type { Output } from "../../../aws.ts";
import { AwsError } from "../../../aws-error.ts";
import type { Cloud } from "../../../cloud.ts";

export type ExportStatus = "STARTING" | "IN_PROGRESS" | "COMPLETE" | "CANCELING" | "CANCELED" | "FAILED";

export interface ExportTask {
  identifier: string;
  sourceArn: string;
  source: "snapshot" | "cluster-snapshot" | "cluster";
  /** `database`, `database.schema`, `database.schema.table`; empty: all. */
  exportOnly: string[];
  /** As of when the data are. */
  snapshotMs: number;
  startedMs?: number;
  endedMs?: number;
  bucket: string;
  prefix: string;
  roleArn: string;
  kmsKeyId: string;
  status: ExportStatus;
  percent: number;
  sizeBytes: number;
  failure?: string;
  warning?: string;
}

/** By region and identifier. */
export const exportTasks = (cloud: Cloud) => cloud.store.collection<ExportTask>("rds.export-tasks");

export const isUnderWay = ({ status }: ExportTask) => ["STARTING", "IN_PROGRESS", "CANCELING"].includes(status);

export function findExportTask(cloud: Cloud, region: string, identifier: string): ExportTask {
  const found = exportTasks(cloud).get(region, identifier);
  if (!found) throw new AwsError("ExportTaskNotFound", `Export task ${identifier} not found.`, 404);
  return found;
}

export function changeExportTask(cloud: Cloud, region: string, identifier: string, changes: Partial<ExportTask>): void {
  const present = exportTasks(cloud).get(region, identifier);
  if (present) exportTasks(cloud).put(region, identifier, { ...present, ...changes });
}

/** The folder of the export in its bucket, with `/` at its end. */
export const exportFolder = ({ prefix, identifier }: ExportTask) => `${prefix === "" ? "" : `${prefix.replace(/\/$/, "")}/`}${identifier}/`;

type Shape = NonNullable<Output<"rds", "DescribeExportTasks">["ExportTasks"]>[number];

export function exportTaskShape(task: ExportTask): Shape {
  const time = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms));
  return {
    ExportTaskIdentifier: task.identifier,
    SourceArn: task.sourceArn,
    ...(task.exportOnly.length > 0 && { ExportOnly: task.exportOnly }),
    SnapshotTime: time(task.snapshotMs),
    TaskStartTime: time(task.startedMs),
    TaskEndTime: time(task.endedMs),
    S3Bucket: task.bucket,
    S3Prefix: task.prefix,
    IamRoleArn: task.roleArn,
    KmsKeyId: task.kmsKeyId,
    Status: task.status,
    PercentProgress: task.percent,
    TotalExtractedDataInGB: Math.round(task.sizeBytes / 1e9),
    ...(task.failure !== undefined && { FailureCause: task.failure }),
    ...(task.warning !== undefined && { WarningMessage: task.warning }),
    SourceType: task.source === "cluster" ? "CLUSTER" : "SNAPSHOT",
  };
}
