/** The order in which a task's containers start and stop: the one that `dependsOn` gives. */
import type { ContainerDefinition } from "@aws-sdk/client-ecs";

/**
 * Starts every container as soon as those it depends on are where it wants them, which `reaches` waits for; resolves when all have
 * started, rejects at the first failure.
 */
export async function startInOrder(
  containers: readonly ContainerDefinition[],
  reaches: (container: ContainerDefinition, condition: string) => Promise<void>,
  start: (container: ContainerDefinition) => Promise<void>,
): Promise<void> {
  const started = new Map<string, Promise<void>>();
  const byName = new Map(containers.map((container) => [container.name!, container]));
  const begin = (name: string): Promise<void> => {
    const found = started.get(name);
    if (found) return found;
    const container = byName.get(name)!;
    const beginning = (async () => {
      for (const { containerName, condition } of container.dependsOn ?? []) {
        await begin(containerName!);
        await reaches(byName.get(containerName!)!, condition!);
      }
      await start(container);
    })();
    started.set(name, beginning);
    return beginning;
  };
  await Promise.all([...byName.keys()].map(begin));
}

/** Stops them; those that others depend on go last. */
export async function stopInOrder(
  containers: readonly ContainerDefinition[],
  stop: (container: ContainerDefinition) => Promise<unknown>,
): Promise<void> {
  let remaining = containers;
  while (remaining.length > 0) {
    const needed = new Set(remaining.flatMap(({ dependsOn = [] }) => dependsOn.map(({ containerName }) => containerName!)));
    await Promise.all(remaining.filter(({ name }) => !needed.has(name!)).map(stop));
    remaining = remaining.filter(({ name }) => needed.has(name!));
  }
}
