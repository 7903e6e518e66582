/** `plinth files restore`: bring a deleted or overwritten object of a bucket back. */
import { operate } from "../app/operate.ts";
import type { Command } from "../command.ts";
import { exitCode } from "../exit-code.ts";
import { table } from "../terminal/table.ts";

export const command: Command = {
  summary: "Bring a deleted or overwritten object of a bucket back",
  description:
    "The last version before what is there now is written anew, with its metadata. Nothing is lost: what is there now stays as a version. " +
    "The bucket has to keep versions (versioned: true).",
  about: "stage",
  json: true,
  arguments: [
    { name: "BUCKET", required: true, description: "its name in the inventory" },
    { name: "KEY", required: true, description: "the object's key" },
  ],
  options: [
    { flags: "--version <id>", description: "that version instead of the last one" },
    { flags: "--list", description: "show the versions, newest first, and do nothing" },
  ],
  examples: [
    { command: "plinth files restore uploads photos/cat.jpg", what: "the object as it was before it was deleted or overwritten" },
    { command: "plinth files restore uploads photos/cat.jpg --list --stage prod", what: "which versions there are" },
  ],
  async run(invocation) {
    const { json, options, terminal } = invocation;
    const { BUCKET: bucket = "", KEY: key = "" } = invocation.arguments;
    const { bucketNamed, fileVersions, restoreFile } = await import("@plinth/deployer/files/restore-file");
    if (options["list"] === true) {
      const versions = await operate(invocation, `files restore ${bucket} ${key} --list`, async (deployment) =>
        fileVersions(deployment, await bucketNamed(deployment, bucket), key),
      );
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
    const result = await operate(invocation, `files restore ${bucket} ${key}`, (deployment) =>
      restoreFile(deployment, bucket, key, typeof version === "string" ? version : undefined),
    );
    if (json) terminal.print(JSON.stringify(result, undefined, 2));
    else terminal.note(`${key} is as it was on ${result.from.at} (version ${result.from.versionId}).`);
    return exitCode.done;
  },
};
