/** The commit that an app is deployed from: asked of git where there is one, else of what CI says. */
import { execFile } from "node:child_process";
import type { Commit } from "@plinth/deployer";

const patienceMs = 2_000;

/** `undefined` outside of a repository, or without git. */
export async function commitOf(folder: string, environment: NodeJS.ProcessEnv = process.env): Promise<Commit | undefined> {
  const id = await git(folder, "rev-parse", "HEAD");
  if (id === undefined) {
    const given = environment["GITHUB_SHA"];
    return given === undefined ? undefined : { id: given, dirty: false, ...branchOf(environment["GITHUB_REF_NAME"]) };
  }
  const [changes, branch] = await Promise.all([
    git(folder, "status", "--porcelain", "--untracked-files=normal", "--", "."),
    git(folder, "rev-parse", "--abbrev-ref", "HEAD"),
  ]);
  return { id, dirty: changes !== "", ...branchOf(branch === "HEAD" ? environment["GITHUB_REF_NAME"] : branch) };
}

const branchOf = (branch: string | undefined) => (branch === undefined || branch === "" ? {} : { branch });

/** Its output; `undefined` when it fails. Nothing is locked or refreshed: somebody may be at work in the repository. */
function git(folder: string, ...words: string[]): Promise<string | undefined> {
  return new Promise((done) => {
    const options = { cwd: folder, timeout: patienceMs, maxBuffer: 16 * 1024 * 1024, env: { ...process.env, GIT_OPTIONAL_LOCKS: "0" } };
    execFile("git", words, options, (error, out) => done(error ? undefined : out.trim()));
  });
}
