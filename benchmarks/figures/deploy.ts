/** `deploy` of threa from nothing to its first answer, and with nothing to change, beside the bare starts of what it runs. */
import { join } from "node:path";
import { copyOfThrea } from "../../examples/threa/test/deployed.ts";
import { type Benchmark, median, ms } from "../figure.ts";
import { node, residentBytes, root, wallMs } from "../measure.ts";

const runs = 3;

const deploy: Benchmark = async () => {
  const [fromNothing, unchanged, bareSums, bareNode]: number[][] = [[], [], [], []];
  const parts = { database: 0, migration: 0, app: 0 };
  let cloudMb = 0;
  let servedBy = "";
  for (let run = 0; run < runs; run++) {
    await using threa = copyOfThrea();
    const plinth = join(root, "packages/plinth/bin/plinth.js");
    const startMs = performance.now();
    await wallMs([plinth, "deploy", "--yes", "--app", threa.folder]);
    const { stdout } = await threa.plinth(["outputs", "--json"]);
    const { web } = JSON.parse(stdout) as { web: { url: string } };
    if (!(await fetch(`${web.url}/api/messages`)).ok) throw new Error("threa does not answer");
    fromNothing!.push(performance.now() - startMs);
    unchanged!.push(await wallMs([plinth, "deploy", "--yes", "--app", threa.folder]));
    bareNode!.push(await wallMs(["-e", "0"]));
    const { pid } = JSON.parse((await threa.plinth(["cloud", "status", "--json"])).stdout) as { pid: number };
    cloudMb = residentBytes(pid) / 2 ** 20;

    const bare = await bareStarts(threa.folder);
    servedBy = bare.servedBy;
    Object.assign(parts, bare);
    bareSums!.push(bare.database + bare.migration + bare.app);
  }
  const bareRssMb = await bareNodeMb();
  const [deployMs, sumMs, unchangedMs, nodeMs] = [median(fromNothing!), median(bareSums!), median(unchanged!), median(bareNode!)];
  return [
    {
      name: "deploy of threa from nothing to its first 200",
      ours: ms(deployMs),
      reference: `${ms(sumMs)} bare (${servedBy} ${ms(parts.database)}, migration ${ms(parts.migration)}, app ${ms(parts.app)})`,
      value: deployMs / sumMs,
      limit: { atMost: 4 },
    },
    {
      name: "deploy with nothing to change",
      ours: ms(unchangedMs),
      reference: `${ms(nodeMs)} node -e 0`,
      value: unchangedMs / nodeMs,
      limit: { atMost: 20 },
    },
    {
      name: "embedded cloud, threa running: memory",
      ours: `${cloudMb.toFixed(0)} MB`,
      reference: `${bareRssMb.toFixed(0)} MB bare Node`,
      value: cloudMb / bareRssMb,
      limit: { atMost: 3.5 },
    },
  ];
};
export default deploy;

/** The same work without a cloud: the database's own start on an empty folder, the migration, the app until it answers. */
async function bareStarts(folder: string): Promise<{ servedBy: string; database: number; migration: number; app: number }> {
  const { startBareDatabase } = await import("../peers/bare-database.ts");
  await using database = await startBareDatabase();
  const env = { ...process.env, DATABASE_URL: database.url };
  const migration = await wallMs([join(folder, "src/migrate.ts")], { env });
  const { firstAnswerMs } = await import("../peers/bare-app.ts");
  return {
    servedBy: database.servedBy,
    database: database.readyMs,
    migration,
    app: await firstAnswerMs(join(folder, "src/server.ts"), env, "/api/messages"),
  };
}

async function bareNodeMb(): Promise<number> {
  const { spawn } = await import("node:child_process");
  const { end, firstLine } = await import("../measure.ts");
  const child = spawn(node, ["-e", "console.log(1); setInterval(() => {}, 1000)"], { stdio: ["ignore", "pipe", "inherit"] });
  await firstLine(child);
  const megabytes = residentBytes(child.pid!) / 2 ** 20;
  await end(child);
  return megabytes;
}
