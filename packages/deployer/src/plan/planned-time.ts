/** How long a deploy will take, and what it waits for: the longest way through its steps, and through the resources of each. */
import { dependencies, inOrder, type Template } from "@plinth/cloudformation";
import type { Assembly } from "@plinth/compiler";
import { imagesOf, type ChosenParts } from "../chosen-layers.ts";
import { stackOverhead, stepDurations, typicalDuration, type Basis, type Duration, type TimedAction } from "./durations.ts";
import type { PastDurations } from "./past-durations.ts";
import type { Difference } from "./planned-change.ts";

export interface PlannedStep {
  /** A stack, `image app`, `migrate`, `health`, or a stack with `(back)` where the pass back takes something out. */
  step: string;
  seconds: number;
  /** The resources that it waits for, one after the other. */
  resources: { logicalId: string; type: string; action: TimedAction; seconds: number; basis: Basis }[];
}

export interface PlannedTime {
  /** Expected, from the first step to the last. */
  seconds: number;
  /** The steps that decide it, in their order: anything else happens meanwhile. */
  criticalPath: PlannedStep[];
  /** How many acts of the stage's past were looked at: 0 means that typical durations alone were used. */
  pastActs: number;
  /** How many changes were timed by what. */
  basis: Partial<Record<Basis, number>>;
}

export interface TimeInput {
  assembly: Assembly;
  chosen: ChosenParts;
  /** By stack; a stack in which nothing changes may be left out. */
  changes: ReadonlyMap<string, readonly Difference[]>;
  before: ReadonlyMap<string, Template>;
  next: ReadonlyMap<string, Template>;
  /** The images that are made. */
  images: readonly string[];
  target: "aws" | "embedded";
  past: PastDurations | undefined;
}

export function plannedTime(input: TimeInput): PlannedTime {
  const { assembly, chosen, changes, images, target, past } = input;
  const basis: Partial<Record<Basis, number>> = {};
  const steps = new Map<string, PlannedStep & { after: string[] }>();
  const fixed = stepDurations[target];
  for (const stack of chosen.stacks) {
    const resources = waysThrough(input, stack.name, "out", basis);
    steps.set(stack.name, {
      step: stack.name,
      ...withOverhead(resources, target),
      after: [...stack.dependsOn, ...imagesOf(stack).map((name) => `image ${name}`)],
    });
  }
  for (const { name, repository } of chosen.images) {
    steps.set(`image ${name}`, {
      step: `image ${name}`,
      seconds: images.includes(name) ? fixed.image : 0,
      resources: [],
      after: [repository.stack],
    });
  }
  const runs = [...chosen.administrations, ...chosen.migrations];
  let previous: string[] = [];
  for (const run of runs) {
    const changed = (changes.get(run.taskDefinition.stack) ?? []).length > 0;
    steps.set(`run ${run.name}`, {
      step: run.name,
      seconds: changed ? fixed.run : 0,
      resources: [],
      after: [run.taskDefinition.stack, ...previous],
    });
    previous = [`run ${run.name}`];
  }
  for (const stack of chosen.stacks)
    if (stack.layer === "compute") steps.get(stack.name)!.after.push(...runs.map(({ name }) => `run ${name}`));
  const outward = longest(steps);
  const servicesChange = chosen.stacks.some(({ name, layer }) => layer === "compute" && (changes.get(name) ?? []).length > 0);
  const path: PlannedStep[] = outward.map(({ step, seconds, resources }) => ({ step, seconds, resources }));
  if (servicesChange) path.push({ step: "health", seconds: fixed.health, resources: [] });
  // One stack after the other, users before what they use.
  const gone = [...changes.keys()].filter((name) => !assembly.stacks.some((stack) => stack.name === name));
  for (const name of [...gone, ...chosen.stacks.map((stack) => stack.name).toReversed()]) {
    const resources = waysThrough(input, name, "back", basis);
    if (resources.length > 0) path.push({ step: `${name} (back)`, ...withOverhead(resources, target) });
  }
  const criticalPath = path.filter(({ seconds }) => seconds > 0).map((one) => ({ ...one, seconds: rounded(one.seconds) }));
  return { seconds: rounded(path.reduce((sum, { seconds }) => sum + seconds, 0)), criticalPath, pastActs: past?.acts ?? 0, basis };
}

const rounded = (seconds: number) => Math.round(seconds * 10) / 10;

function withOverhead(resources: PlannedStep["resources"], target: TimeInput["target"]): Pick<PlannedStep, "seconds" | "resources"> {
  if (resources.length === 0) return { seconds: 0, resources };
  return { seconds: resources.reduce((sum, { seconds }) => sum + seconds, stackOverhead(target).seconds), resources };
}

/** The slowest chain of changes in a stack: what is made or changed in the pass out, what is deleted in the pass back. */
function waysThrough(
  { changes, before, next, target, past }: TimeInput,
  stack: string,
  pass: "out" | "back",
  basis: Partial<Record<Basis, number>>,
): PlannedStep["resources"] {
  const acts = new Map<string, { type: string; action: TimedAction } & Duration>();
  for (const { logicalId, type, action, before: old } of changes.get(stack) ?? []) {
    const timed = (id: string, what: TimedAction) => {
      const seconds = past?.seconds(stack, id, type, what);
      const duration: Duration = seconds === undefined ? typicalDuration(type, what, target) : { seconds, basis: "past" };
      basis[duration.basis] = (basis[duration.basis] ?? 0) + 1;
      acts.set(id, { type, action: what, ...duration });
    };
    const makes = action === "create" || action === "replace" || action === "perhaps-replace";
    if (pass === "out" && makes) timed(logicalId, "create");
    else if (pass === "out" && action === "update") timed(logicalId, "update");
    else if (pass === "back" && action === "delete") timed(logicalId, "delete");
    else if (pass === "back" && old !== undefined) timed(old, "delete");
  }
  if (acts.size === 0) return [];
  const template = pass === "out" ? next.get(stack) : before.get(stack);
  const graph = template ? dependencies(template) : new Map<string, Set<string>>();
  const nodes = new Map(
    inOrder(graph).map((id) => [id, { id, seconds: acts.get(id)?.seconds ?? 0, after: [...(graph.get(id) ?? [])] }] as const),
  );
  const chain = longest(nodes).map(({ id }) => id);
  // The pass back deletes users first: the same chain, the other way round.
  return (pass === "out" ? chain : chain.toReversed()).flatMap((logicalId) => {
    const act = acts.get(logicalId);
    return act ? [{ logicalId, type: act.type, action: act.action, seconds: rounded(act.seconds), basis: act.basis }] : [];
  });
}

/** The nodes of the chain that takes longest, from its first to its last. */
function longest<N extends { seconds: number; after: readonly string[] }>(nodes: ReadonlyMap<string, N>): N[] {
  const ends = new Map<string, { total: number; by: string | undefined }>();
  const endOf = (id: string): number => {
    const known = ends.get(id);
    if (known) return known.total;
    const node = nodes.get(id)!;
    let by: string | undefined;
    let start = 0;
    for (const other of node.after) {
      if (!nodes.has(other)) continue;
      const end = endOf(other);
      if (by === undefined || end > start) [by, start] = [other, end];
    }
    ends.set(id, { total: start + node.seconds, by });
    return start + node.seconds;
  };
  let last: string | undefined;
  for (const id of nodes.keys()) if (last === undefined ? endOf(id) >= 0 : endOf(id) > endOf(last)) last = id;
  const chain: N[] = [];
  for (let id = last; id !== undefined; id = ends.get(id)!.by) chain.push(nodes.get(id)!);
  return chain.toReversed();
}
