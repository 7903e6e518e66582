/** Going through a graph with as much at once as its edges allow. */

export interface WalkResult {
  /** What ended with an error, in the order in which they did. */
  failed: Map<string, unknown>;
  /** What was not begun: it needs what failed, or lies on a circle, or nothing new was allowed. */
  skipped: string[];
}

/**
 * Calls `act` for every node once all that it needs is done. A need that is not a node counts as done. What needs a failed node
 * is not begun, nor anything once `mayStart` says no. Never rejects for an act's error.
 */
export async function walk(
  needs: ReadonlyMap<string, ReadonlySet<string>>,
  act: (node: string) => Promise<void>,
  { mayStart = () => true, onFailure }: { mayStart?: () => boolean; onFailure?: (node: string, error: unknown) => void } = {},
): Promise<WalkResult> {
  const failed = new Map<string, unknown>();
  const waiting = new Map([...needs].map(([node, all]) => [node, new Set([...all].filter((need) => needs.has(need) && need !== node))]));
  const users = new Map<string, string[]>();
  for (const [node, all] of waiting) for (const need of all) users.set(need, [...(users.get(need) ?? []), node]);
  let running = 0;

  await new Promise<void>((finished) => {
    const run = async (node: string) => {
      try {
        await act(node);
      } catch (error) {
        failed.set(node, error);
        onFailure?.(node, error);
      }
      running--;
      if (!failed.has(node)) start(freedBy(node));
      if (running === 0) finished();
    };
    const freedBy = (node: string) =>
      (users.get(node) ?? []).filter((user) => {
        const left = waiting.get(user);
        return left?.delete(node) === true && left.size === 0;
      });
    const start = (ready: readonly string[]) => {
      for (const node of ready) {
        if (!mayStart()) return;
        waiting.delete(node);
        running++;
        void run(node);
      }
    };
    start([...waiting].filter(([, all]) => all.size === 0).map(([node]) => node));
    if (running === 0) finished();
  });
  return { failed, skipped: [...waiting.keys()] };
}

/** The same graph with its edges turned round: users before what they use. */
export function reversed(needs: ReadonlyMap<string, ReadonlySet<string>>): Map<string, Set<string>> {
  const result = new Map([...needs.keys()].map((node) => [node, new Set<string>()]));
  for (const [node, all] of needs) for (const need of all) result.get(need)?.add(node);
  return result;
}
