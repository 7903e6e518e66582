/** Steps that wait for one another: each begins when all that it needs are done; independent ones run at once. */

export interface GraphStep {
  id: string;
  /** Ids of the steps that must be done before; unknown ids are an error of the caller. */
  after: readonly string[];
  act(): Promise<void>;
}

/** After a failure: begin nothing more, or still all that does not need what failed. */
export type AfterFailure = "stop" | "go-on-beside";

/**
 * Runs all steps. When one fails, those under way are let finish, and the first failure is thrown: the others have told of
 * themselves by events.
 */
export async function runGraph(steps: readonly GraphStep[], afterFailure: AfterFailure = "stop"): Promise<void> {
  const failures: unknown[] = [];
  const done = new Map<string, Promise<boolean>>();
  const byId = new Map(steps.map((step) => [step.id, step]));
  const run = (step: GraphStep, path: readonly string[]): Promise<boolean> => {
    if (path.includes(step.id)) throw new Error(`steps wait for each other: ${[...path, step.id].join(" → ")}`);
    let promise = done.get(step.id);
    if (!promise) {
      const needed = step.after.map((id) => {
        const before = byId.get(id);
        if (!before) throw new Error(`${step.id} waits for ${id}, which is no step`);
        return run(before, [...path, step.id]);
      });
      promise = Promise.all(needed).then(async (ready) => {
        if (!ready.every(Boolean) || (afterFailure === "stop" && failures.length > 0)) return false;
        try {
          await step.act();
          return true;
        } catch (error) {
          failures.push(error);
          return false;
        }
      });
      done.set(step.id, promise);
    }
    return promise;
  };
  const all = steps.map((step) => run(step, []));
  await Promise.all(all);
  if (failures.length > 0) throw failures[0];
}
