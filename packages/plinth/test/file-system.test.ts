/** Files of a file system: copied by AWS Backup, brought back into their place, and taken out. */
import { createHash, randomBytes } from "node:crypto";
import {
  chmodSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { appFolder, plinth, type AppFolder } from "./app-folder.ts";

const config = `import { app, fileSystem, image, task } from "plinth";
export default app("filed", { region: "eu-central-1" }, () => {
  const files = fileSystem({ backup: { retain: "3 days", copy: { region: "eu-west-1" } } });
  const bare = fileSystem();
  const shell = task({ image: image(), mounts: { "/srv/files": files, "/srv/bare": bare }, command: ["mkdir -p /srv/files/deep/er && cd /srv/files && echo one > deep/er/a.txt && echo stays > b.txt && ls -R"] });
  return { files, bare, shell };
});
`;
let app: AppFolder;
const run = (...words: string[]) => plinth(app.folder, words);
const json = async <T>(...words: string[]) => {
  const { out, failure } = await run(...words, "--json");
  if (failure) throw failure;
  return JSON.parse(out.join("\n")) as T;
};
/** What programs see of it, as it lies in the state folder. */
const seen = (...path: string[]) => join(folder, ...path);
const listed = (...path: string[]) =>
  readdirSync(seen(...path), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(seen(...path).length + 1))
    .sort();
let folder: string;

beforeAll(async () => {
  app = await appFolder({
    "plinth.config.ts": config,
    Dockerfile: 'FROM alpine:3\nWORKDIR /app\nCOPY . .\nENTRYPOINT ["sh", "-c"]\n',
  });
  const deployed = await run("deploy");
  if (deployed.failure) throw deployed.failure;
  const written = await run("run", "shell");
  expect([written.exit, written.err.join("\n")]).toEqual([0, expect.any(String)]);
  folder = dirname(globSync(join(app.folder, ".plinth/cloud/file-systems/fs-*/data/b.txt"))[0]!);
});
afterAll(async () => {
  await run("cloud", "stop");
  await app[Symbol.asyncDispose]();
});

test("a file comes back into its place, and what was there is kept", async () => {
  expect((await run("files", "restore", "files", "b.txt")).failure).toMatchObject({
    message: "The file system files has no copy yet.",
    remedy: expect.stringContaining("plinth snapshot create files"),
  });
  const made = await json<{ id: string; sizeBytes: number }>("snapshot", "create", "files");
  expect(made.sizeBytes).toBe(10);
  writeFileSync(seen("deep/er/a.txt"), "two\n");
  rmSync(seen("b.txt"));
  const back = await run("files", "restore", "files", "deep/er/a.txt");
  expect(back.failure?.message).toBeUndefined();
  expect(back.err.join("\n")).toMatch(
    /deep\/er\/a\.txt of files is as it was on 2\S+Z\.\nWhat was there is deep\/er\/a\.txt\.before-\d{8}-\d{6} now\./,
  );
  expect(listed().map((path) => [path.replace(/\d{8}-\d{6}/, "TIME"), readFileSync(seen(path), "utf8")])).toEqual([
    ["deep/er/a.txt", "one\n"],
    ["deep/er/a.txt.before-TIME", "two\n"],
  ]);
  // With the folders that are gone, too.
  rmSync(seen("deep"), { recursive: true });
  await run("files", "restore", "files", "deep/er/a.txt", "--version", made.id);
  expect(listed()).toEqual(["deep/er/a.txt"]);
  // Programs may write there again.
  expect((await run("run", "shell")).failure?.message).toBeUndefined();
  const all = await json<{ path: string }>("files", "restore", "files", ".");
  expect(all.path).toMatch(/^restored-\d{8}-\d{6}$/);
  expect(listed(all.path)).toEqual(["b.txt", "deep/er/a.txt"]);
  // Nothing is left of what AWS Backup has put beside.
  expect(readdirSync(dirname(folder))).toEqual(["data"]);
  expect((await run("files", "restore", "files", ".", "--list")).out.join("\n")).toMatch(
    new RegExp(`^${made.id} +2\\S+Z +10 bytes +filed-local-files-`),
  );
});

test("export takes the files out, with owner, permissions, times and links; goes on where it broke off; of a large one from the middle", async () => {
  const out = join(app.folder, "out");
  const taken = (path: string) => join(out, "file-systems/files/files", path);
  rmSync(seen("deep"), { recursive: true, force: true });
  for (const name of readdirSync(seen())) rmSync(seen(name), { recursive: true });
  mkdirSync(seen("sub/empty"), { recursive: true });
  const large = randomBytes(3_000_000);
  writeFileSync(seen("sub/large"), large);
  writeFileSync(seen(" käse -n.txt "), "name\n");
  writeFileSync(seen("nothing"), "");
  writeFileSync(seen("line\nbreak"), "x");
  symlinkSync("/etc/hostname", seen("link"));
  chmodSync(seen("sub/large"), 0o640);
  utimesSync(seen("sub/large"), 1_700_000_000, 1_700_000_000);
  const run1 = await json<{ fileSystems: object[]; notTaken: string[] }>("export", "--to", out, "--only", "files");
  expect(run1).toMatchObject({
    fileSystems: [{ name: "files", files: 3, sizeBytes: 3_000_005, folder: "file-systems/files" }],
    notTaken: ['files/"line\\nbreak": its name has a line break.'],
  });
  expect(readFileSync(taken("sub/large")).equals(large)).toBe(true);
  expect(readFileSync(taken(" käse -n.txt "), "utf8")).toBe("name\n");
  expect(readlinkSync(taken("link"))).toBe("/etc/hostname");
  expect(readdirSync(taken("sub/empty"))).toEqual([]);
  const { mode, mtimeMs } = statSync(taken("sub/large"));
  expect([(mode & 0o777).toString(8), mtimeMs]).toEqual(["640", 1_700_000_000_000]);
  const records = () =>
    readFileSync(join(out, "file-systems/files/files.jsonl"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { path: string });
  expect(records().find(({ path }) => path === "sub/large")).toMatchObject({
    kind: "file",
    mode: "0640",
    user: statSync(seen("sub/large")).uid,
    modifiedSeconds: 1_700_000_000,
    sha256: createHash("sha256").update(large).digest("hex"),
  });
  // As a kill leaves it: half of the large file, and a list that ends in the middle of a line.
  mkdirSync(join(out, "file-systems/files/parts"));
  writeFileSync(join(out, "file-systems/files/parts/1700000000-sub%2Flarge.part"), large.subarray(0, 1_000_000));
  rmSync(taken("sub/large"));
  const list = join(out, "file-systems/files/files.jsonl");
  renameSync(list, `${list}.part`);
  writeFileSync(`${list}.part`, readFileSync(`${list}.part`, "utf8").slice(0, -20));
  const again = await run("export", "--to", out, "--only", "files");
  expect(again.err.join("\n")).toMatch(/files: 3 files, 3\.0 MB, [12] of them had before/);
  expect(readFileSync(taken("sub/large")).equals(large)).toBe(true);
  // The task that was open for it is gone.
  expect((await run("status")).out.join("\n")).not.toContain("plinth export");
});

test.each([
  [["files", "restore", "files", "none.txt"], 1, /none\.txt is not in the recovery point/],
  [["files", "restore", "files", "../x"], 1, /leads outside of files/],
  [["files", "restore", "files", "b.txt", "--to", "2020-01-01 00:00Z"], 1, /has no copy that was made before 2020/],
  [["files", "restore", "files", "b.txt", "--version", "x"], 1, /has no copy x/],
  [["files", "restore", "files", "b.txt", "--version", "x", "--to", "1d"], 2, /do not go together/],
  [["restore", "files", "--from-region", "eu-west-1"], 1, /^files is a file system; restore brings databases back\.$/],
  [["snapshot", "create", "bare"], 1, /The file system bare has no backups in this stage/],
  [["snapshot", "create", "files", "--name", "mine"], 2, /has no name of one's own/],
])("%j is refused", async (words, exit, message) => {
  expect(await run(...words)).toMatchObject({ exit, failure: { message: expect.stringMatching(message), remedy: expect.any(String) } });
});
