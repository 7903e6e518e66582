/** plue's dev stage from nothing to healthy, beside the bare starts of what it runs; and files through a task's mount, beside the bare folder. */
import { execFile } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { copyOf } from "../../examples/threa/test/deployed.ts";
import { type Benchmark, type Figure, median, ms } from "../figure.ts";
import { node, plinth, root, wallMs } from "../measure.ts";
import { firstAnswerMs } from "../peers/bare-app.ts";
import { startBarePostgres } from "../peers/bare-database.ts";

const run = promisify(execFile);
const runs = 3;
const rounds = 5;
const stage = ["--stage", "dev", "--local"];

const plue: Benchmark = async () => [await deploy(), await mount()];
export default plue;

async function deploy(): Promise<Figure> {
  const deploys: number[] = [];
  const sums: number[] = [];
  let parts: [string, number][] = [];
  for (let at = 0; at < runs; at++) {
    await using app = copyOf("plue");
    deploys.push(await wallMs([plinth, "deploy", "--yes", ...stage, "--app", app.folder]));
    const { entry } = JSON.parse((await app.plinth(["outputs", "--json", ...stage])).stdout) as { entry: { url: string } };
    if (!(await fetch(`${entry.url}/`)).ok) throw new Error("plue does not answer");
    parts = await bareStarts(app.folder);
    sums.push(parts.reduce((sum, [, partMs]) => sum + partMs, 0));
  }
  const [deployMs, sumMs] = [median(deploys), median(sums)];
  return {
    name: "deploy of plue's dev stage from nothing to healthy, with its migration",
    ours: ms(deployMs),
    reference: `${ms(sumMs)} bare (${parts.map(([name, partMs]) => `${name} ${ms(partMs)}`).join(", ")})`,
    value: deployMs / sumMs,
    limit: { atMost: 5 },
  };
}

/** The same programs without a cloud, one after the other. */
async function bareStarts(folder: string): Promise<[string, number][]> {
  await using database = await startBarePostgres();
  const repositories = join(folder, "bare-repositories");
  mkdirSync(repositories);
  const env = { ...process.env, DATABASE_URL: database.url, PLUE_REPOSITORIES: repositories };
  const program = join(folder, "src/plue.ts");
  const startMs = performance.now();
  await run(node, [program, "migrate"], { env });
  const migrateMs = performance.now() - startMs;
  // The pages ask an API that has nothing to tell.
  const empty = createServer((_, response) => response.setHeader("content-type", "application/json").end("[]")).listen(0, "127.0.0.1");
  await new Promise((done) => empty.once("listening", done));
  const API_ENDPOINT = `http://127.0.0.1:${(empty.address() as AddressInfo).port}`;
  try {
    return [
      [database.servedBy, database.readyMs],
      ["migrate", migrateMs],
      ["api", await firstAnswerMs(program, env, "/api/health", ["serve"])],
      ["web", await firstAnswerMs(join(folder, "web.js"), { ...env, API_ENDPOINT }, "/")],
    ];
  } finally {
    empty.close();
    empty.closeAllConnections();
  }
}

/** A task with nothing but a file system does the same work as a program in a folder on the same disk, by turns. */
async function mount(): Promise<Figure> {
  const folder = mkdtempSync(join(tmpdir(), "plinth-bench-mount-"));
  const cloud = (...args: string[]) => run(node, [plinth, ...args, "--app", folder], { maxBuffer: 16 * 1024 ** 2 });
  const work = "file-work.ts";
  copyFileSync(join(root, "benchmarks/peers", work), join(folder, work));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "mount", private: true, type: "module" }));
  writeFileSync(join(folder, "Dockerfile"), `FROM node:24-alpine\nWORKDIR /app\nCOPY . .\nCMD ["node", "${work}", "/srv/files"]\n`);
  writeFileSync(
    join(folder, "plinth.config.ts"),
    `import { app, fileSystem, image, task } from "plinth";
export default app("mount", { region: "us-east-1" }, () => {
  const files = fileSystem();
  return { files, work: task({ image: image(), size: "1 vCPU, 2 GB", mounts: { "/srv/files": files } }) };
});
`,
  );
  const bare = join(folder, ".plinth", "bare");
  const inTask: number[] = [];
  const inFolder: number[] = [];
  try {
    await cloud("deploy", "--yes", ...stage);
    mkdirSync(bare, { recursive: true });
    for (let round = 0; round < rounds; round++) {
      inTask.push(tookMs((await cloud("run", "work", ...stage)).stdout));
      inFolder.push(tookMs((await run(node, [join(folder, work), bare])).stdout));
    }
  } finally {
    await cloud("cloud", "stop");
    rmSync(folder, { recursive: true, force: true });
  }
  const [taskMs, folderMs] = [median(inTask), median(inFolder)];
  return {
    name: "files through a task's mount: 2,000 small ones and one of 64 MB written, read and removed",
    ours: ms(taskMs),
    reference: `${ms(folderMs)} in a bare folder`,
    // Speed beside speed.
    value: folderMs / taskMs,
    limit: { atLeast: 0.9 },
  };
}

function tookMs(output: string): number {
  const found = /took ([\d.]+) ms/.exec(output);
  if (!found) throw new Error(`the work does not say how long it took: ${output}`);
  return Number(found[1]);
}
