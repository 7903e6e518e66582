/** arive's dev stage from nothing to healthy, beside the bare starts of what it runs. */
import { join } from "node:path";
import { copyOf } from "../../examples/threa/test/deployed.ts";
import { type Benchmark, median, ms } from "../figure.ts";
import { plinth, wallMs } from "../measure.ts";
import { firstAnswerMs } from "../peers/bare-app.ts";
import { startBarePostgres } from "../peers/bare-database.ts";
import { firstWordMs } from "../peers/first-word.ts";

const runs = 3;
const stage = ["--stage", "dev", "--local"];

const arive: Benchmark = async () => {
  const deploys: number[] = [];
  const sums: number[] = [];
  let parts: [string, number][] = [];
  for (let run = 0; run < runs; run++) {
    await using app = copyOf("arive");
    const startMs = performance.now();
    await wallMs([plinth, "deploy", "--yes", ...stage, "--app", app.folder]);
    const { stdout } = await app.plinth(["outputs", "--json", ...stage]);
    const { entry } = JSON.parse(stdout) as { entry: { url: string } };
    if (!(await fetch(`${entry.url}/health`)).ok) throw new Error("arive does not answer");
    deploys.push(performance.now() - startMs);
    parts = await bareStarts(join(app.folder, "backend"));
    sums.push(parts.reduce((sum, [, partMs]) => sum + partMs, 0));
  }
  const [deployMs, sumMs] = [median(deploys), median(sums)];
  return [
    {
      name: "deploy of arive's dev stage from nothing to healthy",
      ours: ms(deployMs),
      reference: `${ms(sumMs)} bare (${parts.map(([name, partMs]) => `${name} ${ms(partMs)}`).join(", ")})`,
      value: deployMs / sumMs,
      limit: { atMost: 5 },
    },
  ];
};
export default arive;

/** The same programs without a cloud, one after the other. What they would ask of S3 is not there. */
async function bareStarts(folder: string): Promise<[string, number][]> {
  await using database = await startBarePostgres();
  const env = {
    ...process.env,
    ENV: "bare",
    SITE_ORIGIN: "http://localhost",
    DATABASE_URL: database.url,
    S3_BUCKET: "uploads",
    AWS_ENDPOINT_URL: "http://127.0.0.1:9",
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
  };
  return [
    [database.servedBy, database.readyMs],
    ["api", await firstAnswerMs(join(folder, "api.js"), env, "/health")],
    ["worker", await firstWordMs(join(folder, "worker.js"), env)],
  ];
}
