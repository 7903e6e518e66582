/** The aws command of this machine: looked for once in a run of the tests, as it takes half a second of processor time only to say its version. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";

interface AwsCommand {
  installed: boolean;
  /** `aws logs tail` came with version 2. */
  tails: boolean;
  /** The PATH on which it is the program itself, and not pyenv's stand-in for it, which takes another 0.2 s each time. */
  path: string;
}

/** In the run's own folder (scripts/test-folder.ts). */
const noted = join(tmpdir(), "aws-command.json");

export const awsCommand = known() ?? look();

/** What another file of this run has found. */
function known(): AwsCommand | undefined {
  try {
    return JSON.parse(readFileSync(noted, "utf8")) as AwsCommand;
  } catch {
    return undefined;
  }
}

function look(): AwsCommand {
  const path = directPath(process.env.PATH ?? "");
  const { status, stdout } = spawnSync("aws", ["--version"], { encoding: "utf8", env: { ...process.env, PATH: path } });
  const found = { installed: status === 0, tails: status === 0 && !stdout.startsWith("aws-cli/1."), path };
  writeFileSync(noted, JSON.stringify(found));
  return found;
}

function directPath(path: string): string {
  const folder = path.split(delimiter).find((one) => existsSync(join(one, "aws")));
  if (!folder?.endsWith("/shims")) return path;
  const { status, stdout } = spawnSync("pyenv", ["which", "aws"], { encoding: "utf8" });
  return status === 0 ? `${dirname(stdout.trim())}${delimiter}${path}` : path;
}
