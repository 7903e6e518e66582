/** The rows for a rehearsal: of a folder that `plinth export` has filled, or taken out of the stage for this once. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Assembly } from "@plinth/compiler";
import { realTime, type Aws } from "@plinth/deployer";
import type { Dump } from "@plinth/deployer/plan/rehearsal-data";
import { authorityFile } from "../cloud/cloud-process.ts";
import { stageOptions, type Invocation } from "../command.ts";
import { exitCode } from "../exit-code.ts";
import { Failure } from "../failure.ts";

export interface TakenData {
  dumps: Dump[];
  /** Removes what was taken for this once. */
  discard(): Promise<void>;
}

/** @param aws the stage's cloud; `undefined` where nothing stands. */
export async function takenData(invocation: Invocation, assembly: Assembly, aws: Aws | undefined): Promise<TakenData> {
  const given = invocation.options["data"];
  if (typeof given === "string") return { dumps: await dumpsIn(resolve(given), given, assembly), discard: async () => undefined };
  const databases = assembly.stores.filter(({ kind }) => kind !== "redis").map(({ name }) => name);
  if (databases.length === 0 || aws === undefined) return { dumps: [], discard: async () => undefined };
  const folder = await mkdtemp(join(tmpdir(), "plinth-rehearsal-data-"));
  const discard = () => rm(folder, { recursive: true, force: true, maxRetries: 3 });
  try {
    const { exportStage } = await import("@plinth/deployer/export/export-stage");
    await exportStage({
      aws,
      assembly,
      time: realTime,
      signal: invocation.signal,
      folder,
      only: databases,
      allVersions: false,
      withSecrets: false,
      options: stageOptions(invocation),
      path: process.env["PATH"] ?? "",
      ...(aws.embedded !== undefined && { authority: authorityFile(invocation.folder), direct: true }),
      told: (message) => invocation.terminal.note(message),
    });
    return { dumps: await dumpsIn(folder, folder, assembly), discard };
  } catch (error) {
    await discard();
    throw error;
  }
}

async function dumpsIn(folder: string, given: string, { app }: Assembly): Promise<Dump[]> {
  const { readManifest } = await import("@plinth/deployer/export/manifest");
  const manifest = readManifest(folder);
  const fault = !manifest
    ? `${given} holds no take-out.`
    : manifest.app !== app
      ? `${given} holds a take-out of ${manifest.app}, not of ${app}.`
      : manifest.finishedAt === undefined
        ? `The take-out in ${given} is not finished.`
        : undefined;
  if (fault !== undefined)
    throw new Failure(fault, {
      code: "not-found",
      exit: exitCode.usage,
      remedy: `plinth export --to ${given} makes one, or goes on with it.`,
    });
  return manifest!.databases.map(({ name, file, takenAt }) => ({
    database: name,
    file: join(folder, file),
    of: `${manifest!.stage} at ${takenAt}`,
    path: process.env["PATH"] ?? "",
  }));
}
