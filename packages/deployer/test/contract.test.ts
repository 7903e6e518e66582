import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Template } from "@plinth/cloudformation";
import type { Assembly, Stack } from "@plinth/compiler";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { planStage } from "../src/plan.ts";
import { canonicalJson, holdTo, signatureOf, type Contract } from "../src/plan/contract.ts";
import { planFile, readPlanFile } from "../src/plan/plan-file.ts";
import { emptyAssembly } from "./fake-aws.ts";

test("equal things have equal text, whatever the order of their members", () => {
  expect(canonicalJson({ b: [1, { d: undefined, c: "x" }], a: null })).toBe('{"a":null,"b":[1,{"c":"x"}]}');
  expect(signatureOf({ a: 1, b: 2 })).toBe(signatureOf({ b: 2, a: 1 }));
  expect(signatureOf({ a: 1 })).not.toBe(signatureOf({ a: "1" }));
});

const contract: Contract = {
  app: "shop",
  stage: "prod",
  region: "eu-central-1",
  account: "111122223333",
  images: { app: { tag: "content-1", files: { "server.js": "- aa", "lib/a.js": "- bb" } } },
  secrets: { apiKey: "3", other: null },
  stacks: {
    "shop-prod-database": {
      region: "eu-central-1",
      deployed: {
        template: { Resources: { Db: { Type: "AWS::RDS::DBInstance", Properties: { AllocatedStorage: "20" } } } },
        parameters: { Size: "a" },
      },
      template: { Resources: { Db: { Type: "AWS::RDS::DBInstance", Properties: { AllocatedStorage: "40" } } } },
      parameters: { Size: "b", Host: { from: "output", stack: "x", output: "Host" } },
      tags: { "plinth:app": "shop" },
    },
  },
};
const changed = (change: (copy: Contract) => void): Contract => {
  const copy = structuredClone(contract);
  change(copy);
  return copy;
};
const database = (copy: Contract) => copy.stacks["shop-prod-database"]!;

describe("what would happen otherwise is refused, by its first difference", () => {
  test("what is the same passes", () => expect(() => holdTo(contract, structuredClone(contract), "p")).not.toThrow());

  test.each<[string, (copy: Contract) => void, string]>([
    ["the account", (one) => (one.account = "444455556666"), "the account is 444455556666 instead of 111122223333"],
    ["the stage", (one) => (one.stage = "dev"), "the stage is dev instead of prod"],
    ["the region", (one) => (one.region = "us-east-1"), "the region is us-east-1 instead of eu-central-1"],
    ["the layers", (one) => (one.layers = ["compute"]), 'the layers is ["compute"] instead of nothing'],
    [
      "a file",
      (one) => Object.assign(one.images["app"]!, { tag: "content-2", files: { "server.js": "- aa", "lib/a.js": "- cc" } }),
      "the file lib/a.js of the image app is another",
    ],
    ["a file more", (one) => (one.images["app"]!.files["new.js"] = "- dd"), "the file new.js of the image app is new"],
    ["a file less", (one) => delete one.images["app"]!.files["server.js"], "the file server.js of the image app is gone"],
    ["a build argument", (one) => (one.images["app"]!.tag = "content-2"), "the image app is made from something else"],
    ["a secret", (one) => (one.secrets["apiKey"] = "4"), "the secret apiKey has another version"],
    ["a secret that is set", (one) => (one.secrets["other"] = "1"), "the secret other has a value now"],
    [
      "what stands",
      (one) => (database(one).deployed!.template!.Resources["Db"]!.Properties!["AllocatedStorage"] = "30"),
      "the stack shop-prod-database has been changed since: template/Resources/Db/Properties/AllocatedStorage is 30 instead of 20",
    ],
    ["a stack that is gone", (one) => (database(one).deployed = null), "the stack shop-prod-database is not deployed any more"],
    [
      "what is to stand",
      (one) => (database(one).template!.Resources["Db"]!.Properties!["AllocatedStorage"] = "50"),
      "Resources/Db/Properties/AllocatedStorage of shop-prod-database would be 50 instead of 40",
    ],
    ["a parameter", (one) => (database(one).parameters["Size"] = "c"), "parameters/Size of shop-prod-database would be c instead of b"],
    ["a tag", (one) => (database(one).tags["x"] = "y"), "tags/x of shop-prod-database would be y instead of nothing"],
    ["a stack more", (one) => (one.stacks["shop-prod-iam"] = database(one)), "the stack shop-prod-iam is touched, too"],
  ])("%s", (_, change, words) => {
    expect(() => holdTo(contract, changed(change), "prod.plan")).toThrow(`What would happen is not what prod.plan says: ${words}.`);
  });
});

describe("a plan in a file", () => {
  let folder: string;
  let assembly: Assembly;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "plinth-contract-"));
    await mkdir(join(folder, "src"));
    await writeFile(join(folder, "Dockerfile"), "FROM node:24-alpine\nCOPY . .\nCMD node src/a.js\n");
    await writeFile(join(folder, "src/a.js"), "1\n");
    const template: Template = { Parameters: { Image: { Type: "String" } }, Resources: { Topic: { Type: "AWS::SNS::Topic" } } };
    const stack: Stack = {
      name: "shop-local-compute",
      layer: "compute",
      region: "eu-central-1",
      template,
      parameters: { Image: { from: "image", image: "app" } },
      tags: {},
      dependsOn: [],
    };
    assembly = {
      ...emptyAssembly,
      stacks: [stack],
      images: [
        {
          name: "app",
          repository: { stack: "shop-local-storage", output: "Uri" },
          context: folder,
          dockerfile: "Dockerfile",
          args: {},
          platform: "linux/arm64",
        },
      ],
    };
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const planned = async () => {
    const { plan, contract: made } = await planStage(assembly, undefined, join(folder, ".plinth"), undefined, { contract: true });
    return { plan, contract: made! };
  };

  test("says all that would happen, and is the same when nothing has changed", async () => {
    const first = await planned();
    expect(first.contract).toMatchObject({
      app: "shop",
      account: "embedded",
      images: {
        app: { tag: expect.stringMatching(/^source-/), files: { Dockerfile: expect.any(String), "src/a.js": expect.any(String) } },
      },
      stacks: { "shop-local-compute": { deployed: null, parameters: { Image: { from: "image", image: "app" } } } },
    });
    expect(signatureOf((await planned()).contract)).toBe(signatureOf(first.contract));
  });

  test("a file that changes is named", async () => {
    const { contract: before } = await planned();
    await writeFile(join(folder, "src/a.js"), "2 and more\n");
    const { contract: now } = await planned();
    expect(() => holdTo(before, now, "p")).toThrow("the file src/a.js of the image app is another");
  });

  test("is read back, but not when a letter of it was changed, nor what is no plan", async () => {
    const { plan, contract: made } = await planned();
    const text = JSON.stringify(planFile(plan, made));
    expect(readPlanFile(text, "p").contract).toEqual(JSON.parse(JSON.stringify(made)));
    expect(() => readPlanFile(text.replace('"stage":"prod"', '"stage":"qual"'), "p")).toThrow("p has been changed since it was written");
    expect(() => readPlanFile(text.replace('"text":', '"tixt":').replace('"first":true', '"first":false'), "p")).toThrow(
      "its signature does not hold",
    );
    expect(() => readPlanFile("{}", "p")).toThrow("p is no plan of plinth.");
    expect(() => readPlanFile("not json", "p")).toThrow("p is no plan of plinth.");
    expect(() => readPlanFile(text.replace('"version":1', '"version":2'), "p")).toThrow("p is a plan of version 2");
  });
});
