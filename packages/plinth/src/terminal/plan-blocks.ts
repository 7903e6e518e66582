/**
 * What else a plan tells than what changes: each block is a function from what is planned to lines and data. A new one (price, reach,
 * findings) is one line in `blocks`; its data becomes the member `name` of `plan --json`.
 */
import type { Assembly } from "@plinth/compiler";
import type { Aws, StagePlan } from "@plinth/deployer";
import type { Reach, System } from "@plinth/policy";
import type { Style } from "./change-lines.ts";

export interface BlockInput extends StagePlan {
  assembly: Assembly;
  /** The app's folder. */
  folder: string;
  /** Without it nothing can stand yet. */
  aws: Aws | undefined;
}

export interface BlockContent {
  name: string;
  json: unknown;
  /** A heading and what is below it; none for nothing to say. */
  lines(style: Style): string[];
  markdown(): string[];
  /** Why the plan does not pass, where it does not: a budget that is exceeded, an assertion that fails. */
  failure?: string;
}

/** What several blocks look at, made once by the first that asks. */
export interface BlockLooks {
  system(): System;
  reach(): Reach;
}

export type PlanBlock = (input: BlockInput, looks: BlockLooks) => Promise<BlockContent | undefined>;

/** In the order in which they are told; each is loaded when it is asked for. */
const blocks: readonly (() => Promise<{ block: PlanBlock }>)[] = [
  () => import("./plan-price.ts"),
  () => import("./plan-reach.ts"),
  () => import("./plan-check.ts"),
];

export async function planBlocks(input: BlockInput): Promise<BlockContent[]> {
  const [{ reachOf }, { systemOf }] = await Promise.all([import("@plinth/policy"), import("../app/policy-system.ts")]);
  let system: System | undefined;
  let reach: Reach | undefined;
  const looks: BlockLooks = {
    system: () => (system ??= systemOf(input.assembly)),
    reach: () => (reach ??= reachOf(looks.system())),
  };
  const found = await Promise.all(blocks.map(async (load) => (await load()).block(input, looks)));
  return found.filter((one) => one !== undefined);
}
