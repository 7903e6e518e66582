/**
 * The plan of the large app in a process of its own, as `plinth plan` makes it; prints how many milliseconds of CPU price, reach and check
 * took together, their modules' loading included.
 */
import module from "node:module";
import { join } from "node:path";
import type { App } from "@plinth/language";
import picocolors from "picocolors";
import { root } from "../measure.ts";

// As bin/plinth.js begins.
module.enableCompileCache();
const { findOwnModules } = (await import(join(root, "packages/plinth/bin/own-modules.js"))) as {
  findOwnModules(folders: readonly string[]): void;
};
const packages = ["cloudformation", "compiler", "deployer", "language", "policy", "pricing"];
const entries = packages.map((name) => import.meta.resolve(`@plinth/${name}`));
const plinth = new URL("../../packages/plinth/src/main.ts", import.meta.url).href;
findOwnModules([plinth, ...entries].map((url) => new URL("./", url).href));

const [{ compile }, { planStage }, { planBlocks }] = await Promise.all([
  import("@plinth/compiler"),
  import("@plinth/deployer/plan"),
  import("../../packages/plinth/src/terminal/plan-blocks.ts"),
]);
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
