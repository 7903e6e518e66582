/** What a worker does with a message of the runs queue: one run, from its beginning to its result, with one effect however often it is delivered. */
import type { Database } from "./database.ts";
import type { Events } from "./events.ts";
import type { Files } from "./files.ts";
import type { Handling } from "./consumer.ts";
import { log, reasonOf } from "./log.ts";
import { type Model, ModelRefusal } from "./model.ts";
import type { Message } from "./queue.ts";
import { begin, end, history, type Run } from "./runs.ts";

export interface Work {
  database: Database;
  events: Events;
  media: Files;
  model: Model;
  /** The task's name, to be seen at the run. */
  worker: string;
}

// As `attempts` of the queue in plinth.config.ts: the delivery after which a message goes to the dead-letter queue.
const lastDelivery = 3;

export async function doRun(work: Work, message: Message): Promise<Handling> {
  const { database, events } = work;
  const { runId } = JSON.parse(message.body) as { runId: string };
  const run = await begin(database, runId, work.worker);
  if (!run) return "handled";
  const tell = (of: Run) => events.publish({ type: "run", conversationId: of.conversationId, run: of });
  await tell(run);
  try {
    const result = await answer(work, run);
    const attachment = await keep(work.media, run, result);
    const done = await end(database, run, { state: "done", result, attachment });
    log("INFO", done ? "a run is done" : "a run was taken over by another worker", { run: run.id, conversation: run.conversationId });
    if (!done) return "taken over";
    await tell(done);
  } catch (error) {
    const refused = error instanceof ModelRefusal;
    if (!refused && message.deliveries < lastDelivery) throw error;
    const failed = await end(database, run, { state: "failed", result: reasonOf(error) });
    if (failed) await tell(failed);
    log("ERROR", `a run failed: ${reasonOf(error)}`, { run: run.id, conversation: run.conversationId });
    if (!refused) throw error;
    if (!failed) return "taken over";
  }
  return "handled";
}

async function answer({ database, events, model }: Work, run: Run): Promise<string> {
  const { id: runId, conversationId } = run;
  const told = (text: string) => void events.publish({ type: "progress", conversationId, runId, text });
  return model.answer(await history(database, run), run.prompt, told);
}

/** Each attempt has a file of its own, so that one which comes too late overwrites nothing. */
async function keep(media: Files, { conversationId, position, attempts, prompt }: Run, result: string): Promise<string> {
  const key = `conversations/${conversationId}/${position}-${attempts}.md`;
  await media.put(key, `# ${position}\n\n> ${prompt.replaceAll("\n", "\n> ")}\n\n${result}\n`, "text/markdown; charset=utf-8");
  return key;
}
