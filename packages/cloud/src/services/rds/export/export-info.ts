/** The two files of JSON that tell what an export has: of the task, and of each table. Their members are those of RDS. */
import type { ExportTask } from "./export-task.ts";
import { exportedAs } from "./exported-columns.ts";
import { type ExportedTable, targetOf } from "./exported-tables.ts";

export interface TableResult {
  table: ExportedTable;
  startedMs: number;
  endedMs: number;
  sizeBytes: number;
  /** Why it was left out. */
  warning?: string;
}

/** As RDS writes it: `Nov 26, 2026 8:05:12 AM`. */
const time = (ms: number) => {
  const at = new Date(ms);
  const day = at.toLocaleString("en-US", { timeZone: "UTC", month: "short", day: "numeric", year: "numeric" });
  return `${day} ${at.toLocaleString("en-US", { timeZone: "UTC", hour: "numeric", minute: "2-digit", second: "2-digit" }).replaceAll("\u202f", " ")}`;
};

export const taskInfo = (task: ExportTask, endedMs: number) => ({
  exportTaskIdentifier: task.identifier,
  sourceArn: task.sourceArn,
  exportOnly: task.exportOnly,
  snapshotTime: time(task.snapshotMs),
  taskStartTime: time(task.startedMs!),
  taskEndTime: time(endedMs),
  s3Bucket: task.bucket,
  s3Prefix: task.prefix,
  exportedFilesPath: task.identifier,
  iamRoleArn: task.roleArn,
  kmsKeyId: task.kmsKeyId,
  status: "COMPLETE",
  percentProgress: 100,
  totalExportedDataInGB: task.sizeBytes / 1e9,
});

export const tablesInfo = (results: readonly TableResult[]) => ({
  perTableStatus: results.map(({ table, startedMs, endedMs, sizeBytes, warning }) => ({
    ...(warning === undefined
      ? {
          tableStatistics: {
            extractionStartTime: time(startedMs),
            extractionEndTime: time(endedMs),
            partitioningInfo: { numberOfPartitions: 1, numberOfCompletedPartitions: 1 },
          },
          schemaMetadata: {
            originalTypeMappings: table.columns.map((column) => ({
              columnName: column.name,
              originalType: column.dataType,
              expectedExportedType: exportedAs(column).expected,
              originalCharMaxLength: column.characters,
              originalNumPrecision: column.precision,
              originalDateTimePrecision: column.dateTimePrecision,
            })),
          },
        }
      : { warningMessage: warning }),
    status: warning === undefined ? "COMPLETE" : "SKIPPED",
    sizeGB: sizeBytes / 1e9,
    target: targetOf(table),
  })),
});
