/** cfn-lint, AWS's own checker of templates, finds nothing in any template that the compiler makes. Skipped where it is not installed. */
import { execFile, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Template } from "@plinth/cloudformation";
import { expect, test } from "vitest";
import { copiedTo } from "./apps/copied.ts";
import { assemblies } from "./apps/stages.ts";
import { assemblyOf } from "./compile-app.ts";

interface Linted {
  app: string;
  stage: string;
  name: string;
  region: string;
  template: Template;
}

const compiled: Linted[] = [...Object.values(assemblies), assemblyOf(copiedTo("eu-west-1"))].flatMap(({ app, stage, stacks }) =>
  stacks.map(({ name, region, template }) => ({ app, stage, name, region, template })),
);

/** What one says of a template goes for all that differ from it by the names of app and stage alone: the longest name stands for them. */
function different(all: readonly Linted[]): Linted[] {
  const known = new Map<string, Linted>();
  for (const one of all.toSorted((a, b) => b.name.length - a.name.length)) {
    const text = JSON.stringify(one.template)
      .replaceAll(one.app, "APP")
      .replaceAll(new RegExp(`\\b${one.stage}\\b`, "g"), "STAGE");
    const key = `${one.region} ${text}`;
    if (!known.has(key)) known.set(key, one);
  }
  return [...known.values()];
}

const bucket = { Type: "AWS::S3::Bucket", Properties: { Tags: [{ Key: "a", Value: "b" }] } };
const misspelt = { Type: "AWS::SQS::Queue", Properties: { QueueNam: "q" } };
const net = { Type: "AWS::EC2::VPC", Properties: { CidrBlock: "10.0.0.0/16" } };
const subnet = { Type: "AWS::EC2::Subnet", Properties: { VpcId: { Ref: "Net" }, CidrBlock: "10.0.0.0/24" } };
const source = { ImageRepository: { ImageIdentifier: "public.ecr.aws/nginx/nginx:latest", ImageRepositoryType: "ECR_PUBLIC" } };
const runner = { Type: "AWS::AppRunner::Service", Properties: { SourceConfiguration: source } };

interface Wrong extends Pick<Linted, "stage" | "name" | "template"> {
  region?: string;
  rule?: string;
}

/** What is wrong is found in each of them, though what they share, and is right, is looked at once: by rule. */
const wrong: Wrong[] = [
  { stage: "dev", name: "misspelt", template: { Resources: { Bucket: bucket, Queue: misspelt } }, rule: "E3002" },
  { stage: "prod", name: "again", template: { Resources: { Bucket: bucket, Queue: misspelt } }, rule: "E3002" },
  { stage: "dev", name: "unused", template: { Parameters: { Unused: { Type: "String" } }, Resources: { Bucket: bucket } }, rule: "W2001" },
  { stage: "dev", name: "net", template: { Resources: { Net: net, First: subnet } } },
  { stage: "dev", name: "overlapping", template: { Resources: { Net: net, First: subnet, Second: subnet } }, rule: "E3060" },
  { stage: "dev", name: "here", template: { Resources: { Service: runner } } },
  { stage: "dev", name: "there", region: "us-west-1", template: { Resources: { Service: runner } }, rule: "E3006" },
];

const installed = spawnSync("cfn-lint", ["--version"]).status === 0;

test.skipIf(!installed)(
  installed ? "cfn-lint finds no error and no warning" : "cfn-lint is not installed here: pip install cfn-lint",
  async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "plinth-lint-"));
    try {
      const files = [...wrong.map((one) => ({ app: "wrong", region: "us-east-1", ...one })), ...different(compiled)].map(
        ({ app, stage, name, region, template }) => {
          const file = path.join(folder, app, stage, `${name}.json`);
          mkdirSync(path.dirname(file), { recursive: true });
          // One process for all regions: each template says to which it goes.
          const Metadata = { "cfn-lint": { config: { regions: [region] } } };
          writeFileSync(file, JSON.stringify({ ...template, Metadata }));
          return file;
        },
      );
      // What it must not do twice: lint/sitecustomize.py.
      const env = { ...process.env, PYTHONPATH: fileURLToPath(new URL("lint", import.meta.url)), PYTHONDONTWRITEBYTECODE: "1" };
      // Not blocking this worker, of which the runner wants to hear now and then.
      const { stdout } = await promisify(execFile)("cfn-lint", ["--format", "parseable", "--template", ...files], {
        env,
        maxBuffer: 64 * 1024 * 1024,
      }).catch((failed: { stdout: string; code: number | string }) => ({ stdout: `${failed.stdout}(exit ${failed.code})` }));
      const found = stdout
        .trim()
        .split("\n")
        .map((line) => line.replace(`${folder}/`, ""));
      // FILE:LINE:COLUMN:LINE:COLUMN:RULE:MESSAGE, and that there were errors and warnings.
      expect(found.filter((line) => !line.startsWith("wrong/"))).toEqual(["(exit 6)"]);
      const expected = wrong.flatMap(({ stage, name, rule }) => (rule === undefined ? [] : [`wrong/${stage}/${name}.json ${rule}`]));
      const ofWrong = found.filter((line) => line.startsWith("wrong/")).map((line) => line.replace(/:(?:\d+:){4}(\w+):.*/, " $1"));
      expect(ofWrong.toSorted()).toEqual(expected.toSorted());
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
  600_000,
);
