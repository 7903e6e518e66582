/** `plinth files restore`: bring a deleted or overwritten object of a bucket, or a file of a file system, back. */
import type { Deployment } from "@plinth/deployer";
import type { PointChoice } from "@plinth/deployer/files/restore-path";
import type { StageFileSystem } from "@plinth/deployer/files/file-system-backups";
import { operate } from "../app/operate.ts";
import type { Command, Invocation } from "../command.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import { Failure } from "../failure.ts";
import { parseMoment } from "../moment.ts";
import { table } from "../terminal/table.ts";

export const command: Command = {
  summary: "Bring a deleted or overwritten file of a bucket or a file system back",
  description:
    "Of a bucket: the last version before what is there now is written anew, with its metadata. Nothing is lost: what is there now stays as a version. " +
    "The bucket has to keep versions (versioned: true).\n\n" +
    "Of a file system: a file or folder comes from the last copy of AWS Backup (backup: true), or the last one before a time, into its place, and what is there " +
    "now is kept beside it as NAME.before-TIME. A path . brings all of it into a folder restored-TIME.",
  about: "stage",
  json: true,
  arguments: [
    { name: "BUCKET", required: true, description: "the name of a bucket or a file system in the inventory" },
    { name: "KEY", required: true, description: "the object's key, or the path from where programs mount the file system" },
  ],
  options: [
    { flags: "--version <id>", description: "that version, or that copy, instead of the last one" },
    { flags: "--to <time>", description: "of a file system: the last copy by then" },
    { flags: "--list", description: "show the versions or copies, newest first, and do nothing" },
  ],
  examples: [
    { command: "plinth files restore uploads photos/cat.jpg", what: "the object as it was before it was deleted or overwritten" },
    { command: "plinth files restore uploads photos/cat.jpg --list --stage prod", what: "which versions there are" },
    { command: 'plinth files restore repositories acme/app.git --to "2026-11-20 14:03" --stage prod', what: "a folder of a file system" },
  ],
  async run(invocation) {
    const { BUCKET: name = "", KEY: key = "" } = invocation.arguments;
    const { version, to } = invocation.options;
    if (version !== undefined && to !== undefined) {
      throw new Failure("--version and --to do not go together.", { code: "usage", exit: exitCode.usage, remedy: "Name one of both." });
    }
    const { stageFileSystem } = await import("@plinth/deployer/files/file-system-backups");
    return await operate(invocation, `files restore ${name} ${key}`, async (deployment) => {
      const fileSystem = await stageFileSystem(deployment, name);
      if (fileSystem) return ofFileSystem(invocation, deployment, fileSystem, key);
      if (to !== undefined) {
        throw new Failure(`--to goes with a file system, and ${name} is none.`, {
          code: "usage",
          exit: exitCode.usage,
          remedy: "Of a bucket a version is named: --version ID; --list shows them with their times.",
        });
      }
      return ofBucket(invocation, deployment, name, key);
    });
  },
};

async function ofBucket({ json, options, terminal }: Invocation, deployment: Deployment, bucket: string, key: string): Promise<ExitCode> {
  const { bucketNamed, fileVersions, restoreFile } = await import("@plinth/deployer/files/restore-file");
  if (options["list"] === true) {
    const versions = await fileVersions(deployment, await bucketNamed(deployment, bucket), key);
    if (json) terminal.print(JSON.stringify(versions, undefined, 2));
    else {
      const rows = versions.map(({ versionId, at, what, sizeBytes, latest }) => [
        versionId,
        at,
        what,
        sizeBytes === undefined ? "" : `${sizeBytes} bytes`,
        latest ? "present" : "",
      ]);
      for (const line of table(rows)) terminal.print(line);
    }
    return exitCode.done;
  }
  const version = options["version"];
  const result = await restoreFile(deployment, bucket, key, typeof version === "string" ? version : undefined);
  if (json) terminal.print(JSON.stringify(result, undefined, 2));
  else terminal.note(`${key} is as it was on ${result.from.at} (version ${result.from.versionId}).`);
  return exitCode.done;
}

async function ofFileSystem(
  { json, options, terminal }: Invocation,
  deployment: Deployment,
  fileSystem: StageFileSystem,
  path: string,
): Promise<ExitCode> {
  if (options["list"] === true) {
    const { fileSystemPoints } = await import("@plinth/deployer/files/file-system-backups");
    const points = await fileSystemPoints(deployment.aws, fileSystem);
    if (json) terminal.print(JSON.stringify(points, undefined, 2));
    else {
      if (points.length === 0)
        terminal.note(`AWS Backup has no copy of ${fileSystem.name} yet: plinth snapshot create ${fileSystem.name} makes one.`);
      for (const line of table(points.map(({ id, at, sizeBytes, vault }) => [id, at, `${sizeBytes} bytes`, vault]))) terminal.print(line);
    }
    return exitCode.done;
  }
  const { restorePath } = await import("@plinth/deployer/files/restore-path");
  const result = await restorePath(deployment, fileSystem, path, choiceOf(options));
  if (json) terminal.print(JSON.stringify(result, undefined, 2));
  else {
    terminal.note(`${result.path} of ${fileSystem.name} is as it was on ${result.from.at}.`);
    if (result.kept !== undefined) terminal.note(`What was there is ${result.kept} now.`);
  }
  return exitCode.done;
}

function choiceOf({ version, to }: Invocation["options"]): PointChoice {
  if (typeof version === "string") return { id: version };
  return typeof to === "string" ? { at: parseMoment(to, Date.now()) } : { latest: true };
}
