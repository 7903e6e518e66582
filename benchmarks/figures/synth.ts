/** `synth` of hana's production, cold, beside the bare synthesis of the same app in AWS CDK; and how much app code each takes. */
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Benchmark, median, ms } from "../figure.ts";
import { plinth, root, wallMs } from "../measure.ts";
import { cdkApp, checkCdk, prepareCdk, synthesizeCdk } from "../peers/cdk.ts";

const app = join(root, "examples/hana");
const runs = 7;

const synth: Benchmark = async () => {
  const program = await prepareCdk();
  const ours = () => wallMs([plinth, "synth", "--app", app, "--stage", "prod", "--json"]);
  const unchecked: number[] = [];
  const checked: number[] = [];
  const theirs: number[] = [];
  const theirChecks: number[] = [];
  await ours();
  await synthesizeCdk(program);
  for (let run = 0; run < runs; run++) {
    // That the app's file type-checks is remembered until it changes: measured as after a change, and as in between.
    rmSync(join(app, ".plinth/type-check.json"), { force: true });
    unchecked.push(await ours());
    checked.push(await ours());
    theirs.push(await synthesizeCdk(program));
    theirChecks.push(await checkCdk());
  }
  const figure = (name: string, values: readonly number[], cdkMs: number, what: string) => ({
    name,
    ours: ms(median(values)),
    reference: `${ms(cdkMs)} AWS CDK, ${what}`,
    value: median(values) / cdkMs,
    limit: { atMost: 0.4 },
  });
  const lines = codeLines(join(app, "plinth.config.ts"));
  const cdkLines = codeLines(cdkApp);
  return [
    figure("synth of hana prod, cold", checked, median(theirs), "bare"),
    figure("the same after a change, with the type check", unchecked, median(theirs) + median(theirChecks), "bare, and tsc"),
    {
      name: "app code of hana",
      ours: `${lines} lines`,
      reference: `${cdkLines} lines of AWS CDK`,
      value: lines,
      limit: { atMost: 60 },
      unit: "lines",
    },
  ];
};
export default synth;

/** Lines that are neither empty nor comment. Both files are formatted alike. */
function codeLines(file: string): number {
  const text = readFileSync(file, "utf8").replaceAll(/\/\*[\s\S]*?\*\//gu, "");
  return text.split("\n").filter((line) => line.trim() !== "" && !line.trim().startsWith("//")).length;
}
