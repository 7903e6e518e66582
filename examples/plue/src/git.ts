/** The real git, run on bare repositories below a folder. */
import { execFile, spawn } from "node:child_process";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { promisify } from "node:util";

const run = promisify(execFile);

/** What a repository may be called: it is a folder's name and a part of its address. */
export const namePattern = /^[a-z0-9][a-z0-9_-]{0,62}$/;

export type GitService = "git-upload-pack" | "git-receive-pack";

export interface Commit {
  id: string;
  author: string;
  /** ISO 8601. */
  committedAt: string;
  subject: string;
}

const folderOf = (folder: string, name: string) => join(folder, `${name}.git`);

/** Nothing of the machine's or a user's configuration counts; and whoever the files seem to belong to, they are ours. */
const environment = (more: Readonly<Record<string, string>> = {}) => ({
  PATH: process.env.PATH ?? "",
  HOME: "/nonexistent",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_COUNT: "1",
  GIT_CONFIG_KEY_0: "safe.directory",
  GIT_CONFIG_VALUE_0: "*",
  ...more,
});

export async function createRepository(folder: string, name: string): Promise<void> {
  await run("git", ["init", "--quiet", "--bare", "--initial-branch=main", folderOf(folder, name)], { env: environment() });
}

const separator = "\u001f";

/** The newest commits of the main branch; none where nothing was pushed yet. */
export async function listCommits(folder: string, name: string, limit: number): Promise<Commit[]> {
  const options = { cwd: folderOf(folder, name), env: environment() };
  const isEmpty = await run("git", ["rev-parse", "--verify", "--quiet", "HEAD"], options).then(
    () => false,
    () => true,
  );
  if (isEmpty) return [];
  const format = ["%H", "%an", "%cI", "%s"].join("%x1f");
  const { stdout } = await run("git", ["log", `--max-count=${limit}`, `--format=${format}`], { ...options, maxBuffer: 16 * 1024 * 1024 });
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [id = "", author = "", committedAt = "", subject = ""] = line.split(separator);
      return { id, author, committedAt, subject };
    });
}

export interface GitExchange {
  folder: string;
  name: string;
  service: GitService;
  /** As the client's header `Git-Protocol` says. */
  protocol: string | undefined;
  /** Absent: the references are advertised. */
  input?: Readable;
  output: Writable;
}

/** One request of git's smart protocol. Resolves with git's exit code, after all it wrote was taken over. */
export function exchange({ folder, name, service, protocol, input, output }: GitExchange): Promise<number | null> {
  const args = [service.slice("git-".length), "--stateless-rpc", ...(input ? [] : ["--advertise-refs"]), folderOf(folder, name)];
  const env = environment(protocol === undefined ? {} : { GIT_PROTOCOL: protocol });
  const child = spawn("git", args, { env, stdio: ["pipe", "pipe", "inherit"] });
  if (input) input.pipe(child.stdin);
  else child.stdin.end();
  // A client that is gone needs no answer, and git's early end no more input.
  child.stdin.on("error", () => input?.unpipe(child.stdin));
  output.once("close", () => child.kill());
  child.stdout.pipe(output, { end: false });
  return new Promise((done, fail) => {
    child.once("error", fail);
    child.once("close", (code) => done(code));
  });
}

/** What goes before the references: the service's name as a line of git's protocol, and the line that ends it. */
export function announcement(service: GitService): string {
  const line = `# service=${service}\n`;
  return `${(line.length + 4).toString(16).padStart(4, "0")}${line}0000`;
}
