/** The worker: does jobs as long as there are any, then leaves the database alone until the doorbell rings. */
import { hostname } from "node:os";
import { openDatabase } from "./database.ts";
import { openDoorbell } from "./doorbell.ts";
import { openFiles } from "./files.ts";
import { anyOpen, type Job, take } from "./jobs.ts";
import { log, reasonOf } from "./log.ts";
import { migrate } from "./migrations.ts";
import { settings } from "./settings.ts";
import { whenStopped } from "./stopping.ts";
import { doJob } from "./work.ts";

const { DATABASE_URL, S3_BUCKET } = settings("DATABASE_URL", "S3_BUCKET");
const worker = process.env.HOSTNAME ?? hostname();
const slots = 4;
const leaseSeconds = 15;
/** While other workers have jobs, or one waits to be tried again. */
const lookAgainMs = 500;
const listenMs = 1_000;

const database = openDatabase(DATABASE_URL, slots + 1);
await migrate(database);
const files = openFiles(S3_BUCKET);
const doorbell = openDoorbell(files);
const working = new Set<Promise<void>>();
const stopping = new AbortController();

const pause = (ms: number) =>
  new Promise<void>((done) => {
    const timer = setTimeout(done, ms);
    stopping.signal.addEventListener("abort", () => done(clearTimeout(timer)), { once: true });
  });

/** One look at the table; answers whether there is more to come. */
async function look(): Promise<"more" | "soon" | "nothing"> {
  if (working.size >= slots) {
    await Promise.race(working);
    return "more";
  }
  const job = await take(database, worker, leaseSeconds);
  if (!job) return (await anyOpen(database)) ? "soon" : "nothing";
  const done = end(job);
  working.add(done);
  void done.finally(() => working.delete(done));
  return "more";
}

async function end(job: Job): Promise<void> {
  try {
    await doJob({ database, files, leaseSeconds }, job);
  } catch (error) {
    log("ERROR", `a job was left: ${reasonOf(error)}`, { job: job.id }); // its lease ends, and another takes it
  }
}

async function work(): Promise<void> {
  while (!stopping.signal.aborted) {
    try {
      // Before the look: what is queued after it has rung after this.
      const sound = await doorbell.sound();
      let found = await look();
      while (found !== "nothing" && !stopping.signal.aborted) {
        if (found === "soon") await pause(lookAgainMs);
        found = await look();
      }
      while (!stopping.signal.aborted && (await doorbell.sound()) === sound) await pause(listenMs);
    } catch (error) {
      log("WARN", `could not look for jobs: ${reasonOf(error)}`);
      await pause(listenMs);
    }
  }
}

const over = work();
whenStopped(async () => {
  stopping.abort();
  await over;
  await Promise.all(working);
  await database.end();
});
log("INFO", "arive's worker waits for jobs", { task: worker });
