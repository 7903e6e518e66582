/** Takes everything out of a stage that cannot be made again: databases, objects, the names of secrets. Can be interrupted and run again. */
import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Assembly, Store } from "@plinth/compiler";
import type { Aws } from "../aws.ts";
import { postgresEnvironment, readLogin } from "../connect/login.ts";
import { openTunnel } from "../connect/tunnel.ts";
import { findWay } from "../connect/way.ts";
import { DeployError } from "../deploy-error.ts";
import { throwIfInterrupted, type Time } from "../deployment.ts";
import { originOf } from "../origin.ts";
import { secretStates, secretValue } from "../secrets/slots.ts";
import { resourceIds } from "../stacks/physical-ids.ts";
import { describeStage, deployedTemplate, type DeployedStack } from "../stacks/stack-state.ts";
import { openAdministration } from "../files/administration-session.ts";
import { stageFileSystem } from "../files/file-system-backups.ts";
import { copyBucket, digestOf } from "./bucket-copy.ts";
import { dumpDatabase, findPgDump, type PgProgram } from "./database-dump.ts";
import { copyFileSystem } from "./file-system-copy.ts";
import { readManifest, writeManifest, type Manifest } from "./manifest.ts";

export interface ExportRequest {
  aws: Aws;
  assembly: Assembly;
  time: Time;
  signal: AbortSignal;
  /** Where it is put. */
  folder: string;
  /** Names of the inventory. @default all */
  only?: readonly string[];
  /** Old versions of objects, too. */
  allVersions: boolean;
  /** The values of secrets, too. Whoever asks has consent. */
  withSecrets: boolean;
  /** How a command of the CLI is to be completed in a remedy: ` --stage prod`. */
  options: string;
  /** Where programs are looked for. */
  path: string;
  /** Of the embedded cloud's authority. */
  authority?: string;
  /** Databases are reached at their own addresses, which this machine has: in the embedded cloud, for those who stand beside it. */
  direct?: boolean;
  told(message: string): void;
}

/** @throws DeployError */
export async function exportStage(request: ExportRequest): Promise<Manifest> {
  const { aws, assembly, time, folder, only, told } = request;
  const stacks = await describeStage(aws, assembly);
  if (stacks.size === 0)
    throw new DeployError("not-found", `${assembly.app} ${assembly.stage} is not deployed: there is nothing to take out.`);
  const wanted = (name: string) => only === undefined || only.includes(name);
  const databases = assembly.stores.filter(({ name, kind }) => kind !== "redis" && wanted(name));
  const buckets = (await bucketsOf(aws, assembly, stacks)).filter(({ name }) => wanted(name));
  // Before anything is fetched: what is missing on this machine is said at once.
  const programs = new Map<string, PgProgram>();
  for (const { name, major } of databases) programs.set(name, await findPgDump(name, Number(major), request.path));

  const manifest = begin(request, wanted);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeManifest(folder, manifest);
  for (const store of databases) {
    if (manifest.databases.some(({ name }) => name === store.name)) {
      told(`${store.name}: taken before`);
      continue;
    }
    manifest.databases.push(await takeDatabase(request, store, stacks, programs.get(store.name)!));
    writeManifest(folder, manifest);
  }
  for (const { name, bucket, region } of buckets) {
    throwIfInterrupted(request.signal);
    told(`${name}: listing ${bucket}`);
    const place = join("buckets", name);
    let shownMs = time.now();
    const copy = await copyBucket(aws.in(region), {
      bucket,
      folder: join(folder, place),
      allVersions: request.allVersions,
      signal: request.signal,
      told(objects, sizeBytes) {
        if (time.now() - shownMs < 2_000) return;
        shownMs = time.now();
        told(`${name}: ${objects} objects so far, ${megabytes(sizeBytes)}`);
      },
    });
    const sha256 = await digestOf(join(folder, place, "objects.jsonl"));
    const { objects, sizeBytes, kept } = copy;
    manifest.buckets = [
      ...manifest.buckets.filter((one) => one.name !== name),
      { name, bucket, folder: place, objects, sizeBytes, allVersions: request.allVersions, sha256 },
    ];
    writeManifest(folder, manifest);
    told(
      `${name}: ${objects} ${objects === 1 ? "object" : "objects"}, ${megabytes(sizeBytes)}${kept > 0 ? `, ${kept} of them had before` : ""}`,
    );
  }
  for (const { name } of (assembly.fileSystems ?? []).filter((one) => wanted(one.name))) await takeFileSystem(request, manifest, name);
  if (only === undefined) manifest.secrets = await takeSecrets(request);
  manifest.finishedAt = new Date(time.now()).toISOString();
  writeManifest(folder, manifest);
  await writeChecksums(folder);
  return manifest;
}

function begin({ assembly, time, folder }: ExportRequest, wanted: (name: string) => boolean): Manifest {
  const { app, stage, region, stores, outputs } = assembly;
  const before = readManifest(folder);
  if (before && (before.app !== app || before.stage !== stage)) {
    throw new DeployError("environment", `${folder} holds a take-out of ${before.app} ${before.stage}.`, {
      remedy: "Give another folder with --to.",
    });
  }
  // Where no program mounts it, there is nobody who could have written.
  const mounted = new Set((assembly.fileSystems ?? []).map(({ name }) => name));
  const unmounted = Object.entries(outputs).flatMap(([name, { fileSystem }]) =>
    fileSystem && wanted(name) && !mounted.has(name) ? [name] : [],
  );
  const notTaken = [
    ...stores.filter(({ kind, name }) => kind === "redis" && wanted(name)).map(({ name }) => `${name}: what a cache holds is made again.`),
    ...unmounted.map((name) => `${name}: no program mounts it, so nothing reaches its files.`),
  ];
  // One that was finished is taken anew; of one that was interrupted the databases that are whole stay.
  const kept = before && before.finishedAt === undefined ? before.databases : [];
  return { app, stage, region, startedAt: new Date(time.now()).toISOString(), databases: kept, buckets: [], fileSystems: [], notTaken };
}

interface Bucket {
  name: string;
  bucket: string;
  region: string;
}

async function bucketsOf(aws: Aws, assembly: Assembly, stacks: ReadonlyMap<string, DeployedStack>): Promise<Bucket[]> {
  const found = await Promise.all(
    [...stacks.values()].map(async ({ name, layer, region }) => {
      const template = await deployedTemplate(aws.in(region), name);
      const logicalIds = Object.entries(template?.Resources ?? {}).flatMap(([id, { Type }]) => (Type === "AWS::S3::Bucket" ? [id] : []));
      if (logicalIds.length === 0) return [];
      const ids = await resourceIds(aws.in(region), name);
      return logicalIds.flatMap((id): Bucket[] => {
        const bucket = ids.get(id);
        return bucket === undefined ? [] : [{ name: originOf(assembly, layer, id)?.key ?? id, bucket, region }];
      });
    }),
  );
  return found.flat();
}

async function takeDatabase(
  request: ExportRequest,
  store: Store,
  stacks: ReadonlyMap<string, DeployedStack>,
  program: PgProgram,
): Promise<Manifest["databases"][number]> {
  const { aws, assembly, time, signal, folder, options, authority, told } = request;
  const { name } = store;
  const login = await readLogin(aws, store, stacks, options);
  const tunnel = request.direct
    ? { host: login.host, port: login.port, through: "its own address", close: async () => undefined }
    : await openTunnel(aws, time, signal, {
        name,
        host: login.host,
        port: login.port,
        findWay: () => findWay({ aws, assembly, stacks, options }, store),
        note: told,
      });
  const file = `databases/${name}.sql`;
  told(`${name}: dumping through ${tunnel.through}, by ${program.version}`);
  try {
    await dumpDatabase(program, join(folder, file), postgresEnvironment(login, tunnel, authority), signal);
  } finally {
    await tunnel.close();
  }
  const sizeBytes = statSync(join(folder, file)).size;
  told(`${name}: ${megabytes(sizeBytes)} of SQL`);
  const sha256 = await digestOf(join(folder, file));
  return { name, file, sizeBytes, sha256, major: store.major!, by: program.version, takenAt: new Date(time.now()).toISOString() };
}

async function takeFileSystem(request: ExportRequest, manifest: Manifest, name: string): Promise<void> {
  const { aws, assembly, time, signal, folder, told } = request;
  const fileSystem = await stageFileSystem({ aws, assembly }, name);
  if (!fileSystem) return;
  told(`${name}: starting the task that sees its files`);
  await using session = await openAdministration(aws, time, signal, fileSystem, "plinth export");
  const place = join("file-systems", name);
  let shownMs = time.now();
  const copy = await copyFileSystem(session, {
    name,
    folder: join(folder, place),
    told(files, sizeBytes) {
      if (time.now() - shownMs < 2_000) return;
      shownMs = time.now();
      told(`${name}: ${files} files so far, ${megabytes(sizeBytes)}`);
    },
  });
  const sha256 = await digestOf(join(folder, place, "files.jsonl"));
  const { files, sizeBytes, kept, notTaken } = copy;
  manifest.fileSystems.push({ name, id: fileSystem.id, folder: place, files, sizeBytes, sha256 });
  manifest.notTaken.push(...notTaken);
  writeManifest(folder, manifest);
  told(`${name}: ${files} ${files === 1 ? "file" : "files"}, ${megabytes(sizeBytes)}${kept > 0 ? `, ${kept} of them had before` : ""}`);
}

async function takeSecrets({ aws, assembly, folder, withSecrets }: ExportRequest): Promise<NonNullable<Manifest["secrets"]>> {
  const states = await secretStates(aws, assembly.secrets);
  const shown = await Promise.all(
    states.map(async ({ slot, version }) => {
      const value = withSecrets && version !== undefined ? await secretValue(aws, slot) : undefined;
      return {
        name: slot.name,
        kind: slot.kind,
        id: slot.id,
        ...(slot.fields && { fields: slot.fields }),
        hasValue: version !== undefined,
        ...(value !== undefined && { value }),
      };
    }),
  );
  writeFileSync(join(folder, "secrets.json"), `${JSON.stringify(shown, undefined, 2)}\n`, { mode: 0o600 });
  return { count: shown.length, values: withSecrets };
}

/** As `sha256sum --check` reads it. */
async function writeChecksums(folder: string): Promise<void> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== "SHA256SUMS" && !entry.name.endsWith(".part"))
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
  const lines: string[] = [];
  for (const name of names) lines.push(`${await digestOf(join(folder, name))}  ${name}`);
  writeFileSync(join(folder, "SHA256SUMS"), `${lines.join("\n")}\n`, { mode: 0o600 });
}

const megabytes = (bytes: number) => (bytes < 1_000_000 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`);
