/** Price, reach and check of the plan of the large app, cold, in a process of its own; prints how many milliseconds of CPU the three took together. */
import { join } from "node:path";
import type { App } from "@plinth/language";
import { compile } from "@plinth/compiler";
import { planStage } from "@plinth/deployer/plan";
import { planBlocks } from "../../packages/plinth/src/terminal/plan-blocks.ts";
import picocolors from "picocolors";
import { root } from "../measure.ts";

const folder = join(root, "benchmarks/peers/large");
const { default: large } = (await import(join(folder, "plinth.config.ts"))) as { default: App<object, "prod"> };
const assembly = compile(large, { stage: "prod", local: false, configFolder: folder });
const staged = await planStage(assembly, undefined, folder, undefined, { drift: false });
const before = process.cpuUsage();
const blocks = await planBlocks({ ...staged, assembly, folder, aws: undefined });
const style = { colours: picocolors.createColors(false), columns: 80, verbose: false };
const lines = blocks.flatMap((block) => block.lines(style));
const { user, system } = process.cpuUsage(before);
console.log(JSON.stringify({ cpuMs: (user + system) / 1000, lines: lines.length }));
