/**
 * How many files of CloudFormation Guard rules hana's production templates fail, beside the same app in AWS CDK. The rules are not ours to hand
 * on: `GUARD_RULES` names a folder with them (that of AWS's registry, `rules/aws`), `CFN_GUARD` the program `cfn-guard` where it is not on the path.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Benchmark } from "../figure.ts";
import { plinth, root, wallMs } from "../measure.ts";
import { prepareCdk } from "../peers/cdk.ts";

/** What `cfn-guard validate` ends with. */
const exits = { passed: 0, failed: 19 };

const guard: Benchmark = async () => {
  const rules = process.env.GUARD_RULES;
  if (rules === undefined) {
    console.error("  skipped: GUARD_RULES names no folder of Guard rules");
    return [];
  }
  const files = readdirSync(rules, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".guard"));
  if (files.length === 0) throw new Error(`${rules} has no file that ends with .guard`);
  const folder = mkdtempSync(join(tmpdir(), "plinth-guard-"));
  try {
    const ours = failing(rules, files, await oursIn(join(folder, "plinth")));
    const theirs = failing(rules, files, await cdkIn(folder));
    for (const [file, stacks] of ours.failed) console.error(`  ${file}: ${stacks.join(", ")}`);
    for (const file of ours.unreadable) console.error(`  ${file}: cfn-guard cannot read it`);
    return [
      {
        name: "Guard rule files that hana prod fails",
        ours: `${ours.failed.size} of ${files.length}`,
        reference: `${theirs.failed.size} AWS CDK; ${ours.unreadable.length} of the files cannot be read`,
        value: ours.failed.size,
        limit: { atMost: 12 },
        unit: "files",
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
export default guard;

async function oursIn(folder: string): Promise<string> {
  await wallMs([plinth, "synth", "--app", join(root, "examples/hana"), "--stage", "prod", "--out", folder]);
  return folder;
}

/** CDK writes more than templates, which `cfn-guard` would take for some. */
async function cdkIn(folder: string): Promise<string> {
  const [out, templates] = [join(folder, "cdk.out"), join(folder, "cdk")];
  await wallMs([await prepareCdk()], { env: { ...process.env, CDK_OUTDIR: out, CDK_VALIDATION: "false" } });
  mkdirSync(templates);
  for (const file of readdirSync(out)) if (file.endsWith(".template.json")) cpSync(join(out, file), join(templates, file));
  return templates;
}

/** The files that any of the templates fails, each with the stacks; and those that are not Guard's language. */
function failing(rules: string, files: readonly string[], templates: string) {
  const failed = new Map<string, string[]>();
  const unreadable: string[] = [];
  for (const file of files.toSorted()) {
    const { status, stdout, error } = spawnSync(
      process.env.CFN_GUARD ?? "cfn-guard",
      ["validate", "--rules", join(rules, file), "--data", templates, "--structured", "--output-format", "json", "--show-summary", "none"],
      { encoding: "utf8", maxBuffer: 1 << 28 },
    );
    if (error) throw new Error(`cfn-guard does not run (CFN_GUARD says where it is): ${error.message}`);
    if (status === exits.failed) {
      const reports = JSON.parse(stdout) as { name: string; status: string }[];
      const stacks = reports.filter((report) => report.status === "FAIL").map(({ name }) => name.split("/").at(-1)!.split(".")[0]!);
      failed.set(file, stacks);
    } else if (status !== exits.passed) unreadable.push(file);
  }
  return { failed, unreadable };
}
