/** What a worker does with a job: reads the file, keeps what it found out in the database, and a copy of that in the bucket. */
import type { Database } from "./database.ts";
import type { Files } from "./files.ts";
import { fail, finish, type Job, keep, mostAttempts } from "./jobs.ts";
import { log, reasonOf } from "./log.ts";
import { readFile } from "./reading.ts";
import { find, keyOf } from "./uploads.ts";

export interface Work {
  database: Database;
  files: Pick<Files, "read" | "putOnce">;
  leaseSeconds: number;
}

export async function doJob({ database, files, leaseSeconds }: Work, job: Job): Promise<void> {
  if (job.attempts > mostAttempts) {
    // Its last worker was killed over it: it is not tried for ever.
    await fail(database, job, `given up after ${mostAttempts} attempts`, 0);
    return log("ERROR", "a job was given up", { job: job.id, upload: job.uploadId });
  }
  const heartbeat = setInterval(() => void keep(database, job, leaseSeconds).catch(() => {}), (leaseSeconds * 1000) / 3);
  try {
    const upload = await find(database, job.uploadId);
    if (!upload) throw new Error("the upload is not there");
    const reading = await readFile(await files.read(keyOf(upload.id)), upload.type);
    // Before the job ends, so that no end of a worker loses it; a second worker over the same job finds it there.
    await files.putOnce(`results/${upload.id}.json`, JSON.stringify({ name: upload.name, ...reading }), "application/json");
    if (await finish(database, job, reading)) {
      log("INFO", "a file is read", { job: job.id, upload: upload.id });
    } else log("WARN", "a job was taken over by another worker", { job: job.id });
  } catch (error) {
    const state = await fail(database, job, reasonOf(error), 2 ** job.attempts);
    log(state === "failed" ? "ERROR" : "WARN", `a job failed: ${reasonOf(error)}`, { job: job.id, attempts: job.attempts });
  } finally {
    clearInterval(heartbeat);
  }
}
