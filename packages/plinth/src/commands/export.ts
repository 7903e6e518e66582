/** `plinth export`: take everything out of a stage. */
import { resolve } from "node:path";
import { authorityFile } from "../cloud/cloud-process.ts";
import { loadApp } from "../app/load-app.ts";
import { inPlace } from "../app/placed-app.ts";
import { stageOptions, type Command, type Invocation } from "../command.ts";
import { exitCode } from "../exit-code.ts";
import { Failure } from "../failure.ts";
import { connectToRunning } from "../target.ts";

export const command: Command = {
  summary: "Take everything out of a stage: databases, objects, files, the names of its secrets",
  description:
    "Writes each database as SQL that plain psql restores (by the pg_dump of this machine, through a task as plinth connect does), each " +
    "object as a file with its metadata beside it, the files of file systems (through a task that mounts them), the names of secrets, and a manifest with checksums. Nothing is changed in the stage. " +
    "Interrupted or failed, the same command goes on from there. Values of secrets are left out unless you ask for them.",
  about: "stage",
  json: true,
  options: [
    { flags: "--to <dir>", description: "the folder, made where it is not there" },
    { flags: "--only <names>", description: "these databases, buckets and file systems only, by commas; then no secrets" },
    { flags: "--versions", description: "old versions of objects and delete markers, too" },
    { flags: "--with-secrets", description: "the values of secrets, too, after a question: readable in secrets.json" },
    { flags: "--yes", description: "agree to that beforehand" },
  ],
  examples: [
    { command: "plinth export --to ../shop-backup", what: "the stage local" },
    { command: "plinth export --to /mnt/take-out --stage prod --versions", what: "prod, with every version of every object" },
    { command: "psql orders < ../shop-backup/databases/database.sql", what: "a database of it elsewhere" },
  ],
  async run(invocation) {
    const { terminal, signal, json, options, folder } = invocation;
    const to = options["to"];
    if (typeof to !== "string") {
      throw new Failure("Where to?", { code: "usage", exit: exitCode.usage, remedy: "plinth export --to DIR" });
    }
    const loaded = await loadApp(invocation);
    const only = typeof options["only"] === "string" ? options["only"].split(",").map((name) => name.trim()) : undefined;
    const names = new Set(Object.keys(loaded.outputs));
    const strange = only?.find((name) => !names.has(name));
    if (strange !== undefined) {
      throw new Failure(`${loaded.app} has nothing called ${strange}.`, {
        code: "not-found",
        exit: exitCode.usage,
        remedy: `It has: ${[...names].join(", ")}.`,
      });
    }
    const withSecrets = options["withSecrets"] === true;
    if (withSecrets) await consent(invocation, to);
    const aws = await connectToRunning(invocation, loaded);
    try {
      const assembly = await inPlace(invocation, loaded, aws);
      const [{ exportStage }, { realTime }] = await Promise.all([
        import("@plinth/deployer/export/export-stage"),
        import("@plinth/deployer"),
      ]);
      const manifest = await exportStage({
        aws,
        assembly,
        time: realTime,
        signal,
        folder: resolve(to),
        ...(only && { only }),
        allVersions: options["versions"] === true,
        withSecrets,
        options: stageOptions(invocation),
        path: process.env["PATH"] ?? "",
        ...(aws.embedded !== undefined && { authority: authorityFile(folder) }),
        told: (message) => terminal.note(message),
      });
      if (json) terminal.print(JSON.stringify(manifest, undefined, 2));
      else {
        for (const line of manifest.notTaken) terminal.note(`not taken: ${line}`);
        terminal.note(
          `\nAll of ${assembly.app} ${assembly.stage} that was asked for is in ${to}. manifest.json says what; sha256sum --check SHA256SUMS checks it.`,
        );
      }
      return exitCode.done;
    } catch (error) {
      if (!signal.aborted) throw error;
      throw new Failure("Stopped.", {
        code: "interrupted",
        exit: exitCode.interrupted,
        remedy: `plinth export --to ${to}${stageOptions(invocation)} goes on from here.`,
        cause: error,
      });
    } finally {
      aws.close();
    }
  },
};

async function consent({ options, terminal }: Invocation, to: string): Promise<void> {
  if (options["yes"] === true) return;
  const answer = terminal.interactive ? await terminal.ask(`Write the values of all secrets, readable, into ${to}? Type yes: `) : undefined;
  if (answer?.trim().toLowerCase() === "yes") return;
  throw new Failure("Nobody agreed to write the values of secrets. Nothing was taken.", {
    code: "not-consented",
    exit: exitCode.notConsented,
    remedy: "Leave --with-secrets away, or add --yes to agree beforehand.",
  });
}
