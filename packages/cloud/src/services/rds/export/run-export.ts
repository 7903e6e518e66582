/**
 * An export as it is done: a server of its own on a copy of the data, each table read in batches and written as files of a bounded size, so that
 * memory stays flat. It begins anew after a restart of the cloud; its files have the same names then.
 */
import { createHash } from "node:crypto";
import type { Cloud } from "../../../cloud.ts";
import { claimAddress, releaseAddress } from "../../../runtime/addresses.ts";
import { copyFolder } from "../../../runtime/postgres/data-folder.ts";
import { startNativePostgres } from "../../../runtime/postgres/native.ts";
import type { PostgresServer } from "../../../runtime/postgres/server.ts";
import { serverUser } from "../../../runtime/postgres/server-user.ts";
import { findCluster } from "../aurora/cluster.ts";
import { copyClusterData } from "../aurora/data.ts";
import { findClusterSnapshot } from "../backup/cluster-snapshot.ts";
import { snapshotFolder } from "../backup/kept-snapshot.ts";
import { majorOf } from "../engine-versions.ts";
import { findSnapshot } from "../snapshot.ts";
import { tablesInfo, taskInfo, type TableResult } from "./export-info.ts";
import { exportSession } from "./export-role.ts";
import { changeExportTask, exportFolder, type ExportTask, exportTasks, findExportTask, isUnderWay } from "./export-task.ts";
import { cannotBeExported } from "./exported-columns.ts";
import { databasesOf, type ExportedTable, isWanted, rowsOf, tablesOf, targetOf } from "./exported-tables.ts";
import { parquetPart, type Row } from "./parquet-part.ts";

const rowsAtOnce = 5_000;
/** Of what PostgreSQL answers; a file is smaller. */
const partBytes = 16_000_000;
const port = 5432;

export function beginExport(cloud: Cloud, region: string, identifier: string): void {
  cloud.inBackground(`rds: the export ${identifier}`, exportAll(cloud, region, identifier));
}

/** Those that a former run of the cloud has left. */
export function resumeExports(cloud: Cloud): void {
  for (const { scope: region, value: task } of exportTasks(cloud).all()) if (isUnderWay(task)) beginExport(cloud, region, task.identifier);
}

async function exportAll(cloud: Cloud, region: string, identifier: string): Promise<void> {
  const { disk, clock } = cloud.world;
  const folder = disk.path("rds", region, "exports", identifier);
  const owner = `rds-export/${region}/${identifier}`;
  const end = (changes: Partial<ExportTask>) => changeExportTask(cloud, region, identifier, { ...changes, endedMs: clock.nowMs() });
  let server: PostgresServer | undefined;
  try {
    mustGoOn(cloud, region, identifier);
    await disk.files.rm(folder, { recursive: true, force: true });
    await disk.files.mkdir(folder, { recursive: true, mode: 0o711 });
    const version = await layData(cloud, region, findExportTask(cloud, region, identifier), `${folder}/data`);
    await (await serverUser(cloud)).own(`${folder}/data`);
    mustGoOn(cloud, region, identifier);
    const at = await claimAddress(cloud, owner, port);
    const fixed = { owner, folder, major: majorOf(version), ...at, forceTls: false, maxConnections: 20, parameters: {} };
    server = await startNativePostgres(cloud, fixed);
    changeExportTask(cloud, region, identifier, { status: "IN_PROGRESS", startedMs: clock.nowMs() });
    const sizeBytes = await exportTables(cloud, region, identifier, server);
    end({ status: "COMPLETE", percent: 100, sizeBytes });
  } catch (error) {
    if (cloud.stopping.aborted) return; // taken up at the next start
    const canceled = exportTasks(cloud).get(region, identifier)?.status === "CANCELING";
    if (canceled) end({ status: "CANCELED" });
    else end({ status: "FAILED", failure: error instanceof Error ? error.message : String(error) });
  } finally {
    await server?.stop();
    releaseAddress(cloud, owner);
    await disk.files.rm(folder, { recursive: true, force: true });
  }
}

/** Throws where nobody wants it any more. */
function mustGoOn(cloud: Cloud, region: string, identifier: string): void {
  cloud.stopping.throwIfAborted();
  if (findExportTask(cloud, region, identifier).status === "CANCELING") throw new Error("canceled");
}

/** @returns the version of its server. */
async function layData(cloud: Cloud, region: string, { source, sourceArn }: ExportTask, data: string): Promise<string> {
  if (source === "cluster") {
    const cluster = findCluster(cloud, region, sourceArn.split(":").at(-1)!);
    await copyClusterData(cloud, region, cluster, data);
    return cluster.settings.engineVersion;
  }
  const snapshot = source === "snapshot" ? findSnapshot(cloud, region, sourceArn) : findClusterSnapshot(cloud, region, sourceArn);
  await copyFolder(cloud, `${snapshotFolder(cloud, region, snapshot.folder)}/data`, data);
  return snapshot.settings.engineVersion;
}

async function exportTables(cloud: Cloud, region: string, identifier: string, server: PostgresServer): Promise<number> {
  const task = findExportTask(cloud, region, identifier);
  const databases = await databasesOf(server);
  const all = (await Promise.all(databases.map((database) => tablesOf(server, database)))).flat();
  const absent = task.exportOnly.filter((name) => !databases.includes(name) && !all.some((table) => isWanted(table, [name])));
  if (absent.length > 0) throw new Error(`The export only list names what is not there: ${absent.join(", ")}`);
  const wanted = all.filter((table) => isWanted(table, task.exportOnly));
  const put = writer(cloud, region, task);
  const results: TableResult[] = [];
  for (const table of wanted) {
    const startedMs = cloud.world.clock.nowMs();
    const warning = whyNot(table);
    const sizeBytes = warning === undefined ? await exportTable(cloud, region, task, server, table, put) : 0;
    results.push({ table, startedMs, endedMs: cloud.world.clock.nowMs(), sizeBytes, ...(warning !== undefined && { warning }) });
    changeExportTask(cloud, region, identifier, { percent: Math.floor((99 * results.length) / wanted.length) });
  }
  const sizeBytes = results.reduce((sum, each) => sum + each.sizeBytes, 0);
  const skipped = results.flatMap(({ table, warning }) => (warning === undefined ? [] : [`${targetOf(table)}: ${warning}`]));
  if (skipped.length > 0) changeExportTask(cloud, region, identifier, { warning: `Tables were skipped. ${skipped.join(" ")}` });
  await put(`export_tables_info_${identifier}_from_1_to_${Math.max(1, wanted.length)}.json`, JSON.stringify(tablesInfo(results)));
  const done = { ...findExportTask(cloud, region, identifier), sizeBytes };
  await put(`export_info_${identifier}.json`, JSON.stringify(taskInfo(done, cloud.world.clock.nowMs())));
  return sizeBytes;
}

type Put = (name: string, body: string | Uint8Array) => Promise<void>;

/** Writes by the role, under the key, below the export's folder. */
function writer(cloud: Cloud, region: string, task: ExportTask): Put {
  const call = cloud.as(exportSession(cloud, region, task.roleArn), region);
  return async (name, body) => {
    mustGoOn(cloud, region, task.identifier);
    await call("s3", "PutObject", {
      Bucket: task.bucket,
      Key: `${exportFolder(task)}${name}`.replaceAll(/[\\`" ]/g, "_"),
      Body: Buffer.from(body as Uint8Array) as never,
      ServerSideEncryption: "aws:kms",
      SSEKMSKeyId: task.kmsKeyId,
    });
  };
}

function whyNot({ table, columns }: ExportedTable): string | undefined {
  if (table.includes("/")) return "There is a slash in its name.";
  const column = columns.find(({ name }) => cannotBeExported(name));
  return column && `The name of its column ${JSON.stringify(column.name)} cannot be exported.`;
}

async function exportTable(
  cloud: Cloud,
  region: string,
  task: ExportTask,
  server: PostgresServer,
  table: ExportedTable,
  put: Put,
): Promise<number> {
  const place = `${table.database}/${table.schema}.${table.table}/1`;
  let sizeBytes = 0;
  let part = 0;
  let rows: Row[] = [];
  let heldBytes = 0;
  const flush = async () => {
    if (rows.length === 0) return;
    const bytes = await parquetPart(table.columns, rows);
    const name = `part-${String(part).padStart(5, "0")}-${partId(task, place, part)}-c000.gz.parquet`;
    await put(`${place}/${name}`, bytes);
    sizeBytes += bytes.byteLength;
    part++;
    rows = [];
    heldBytes = 0;
  };
  if (table.columns.length > 0) {
    for await (const batch of server.batches!(rowsOf(table), { database: table.database, rows: rowsAtOnce })) {
      mustGoOn(cloud, region, task.identifier);
      for (const row of batch) {
        rows.push(row);
        for (const value of row) heldBytes += value?.length ?? 0;
        if (heldBytes >= partBytes) await flush();
      }
    }
  }
  await flush();
  await put(`${place}/_SUCCESS`, "");
  return sizeBytes;
}

/** Looks random and is the same at every attempt. */
function partId({ identifier, sourceArn }: ExportTask, place: string, part: number): string {
  const hex = createHash("sha256")
    .update(JSON.stringify([identifier, sourceArn, place, part]))
    .digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join("-");
}
