/** What the words do at run time: plain data, lines, stages. */
import { expect, test } from "vitest";
import { app, image, postgres, secret, service, text, type Context } from "../src/index.ts";
import {
  appDataOf,
  declareApp,
  declaredOf,
  durationSeconds,
  facetDataOf,
  fargateSize,
  refusedStage,
  sizes,
  textPartsOf,
} from "../src/reading.ts";

const here = () => Number(/:(\d+):\d+\)?$/m.exec(new Error("here").stack!.split("\n")[2]!)![1]);

test("a declaration is plain data, with the line of its constructor's call", () => {
  const database = postgres({ version: "16" });
  const line = here() - 1;
  expect(declaredOf(database)).toEqual({
    kind: "postgres",
    word: "postgres",
    options: { version: "16" },
    source: { file: import.meta.filename, line },
    addedEnv: [],
  });
  expect(Object.keys(database)).toEqual(["host", "port", "user", "password", "database", "readOnly"]);
});

test("a facet knows what it is a facet of", () => {
  const key = secret({ fields: ["a"] });
  expect(facetDataOf(key.field("a"))).toEqual({ of: declaredOf(key), facet: "field", detail: "a" });
  expect(facetDataOf(key)).toBeUndefined();
  expect(declaredOf("text")).toBeUndefined();
});

test("text keeps its parts in order", () => {
  const api = service({ image: image(), port: 80 });
  expect(textPartsOf(text`${api}/v${1}`)).toEqual([api, "/v", "1"]);
  expect(textPartsOf("text")).toBeUndefined();
});

test("outside an app's function, joining into a string throws", () => {
  const api = service({ image: image(), port: 80 });
  expect(() => `${api as unknown as string}`).toThrow(
    "a service is joined into a string: its address is known only after the deploy; write text`…`",
  );
});

test("the context says what kind of stage it is", () => {
  const shop = app(
    "shop",
    { region: "eu-west-1", stages: ["dev", "prod"], production: ["prod"], previews: { expireAfter: "7 days" } },
    () => ({ database: postgres() }),
  );
  const data = appDataOf(shop)!;
  const context = (stage: string, local = false) => {
    const { pick, ...rest } = declareApp(data, { stage, local }).context;
    return { ...rest, picked: pick({ prod: 1, else: 2 }) };
  };
  expect(context("prod")).toEqual({ stage: "prod", production: true, preview: false, local: false, picked: 1 });
  expect(context("dev")).toEqual({ stage: "dev", production: false, preview: false, local: false, picked: 2 });
  expect(context("pull-7")).toEqual({ stage: "pull-7", production: false, preview: true, local: false, picked: 2 });
  expect(context("local", true)).toEqual({ stage: "local", production: false, preview: false, local: true, picked: 2 });
  expect(refusedStage(data, "pull-7")).toBeUndefined();
});

test("constructors note what they declare, in the app's own run alone", () => {
  const inner = app("inner", { region: "eu-west-1" }, () => ({ database: postgres() }));
  const outer = app("outer", { region: "eu-west-1" }, () => {
    const source = image();
    declareApp(appDataOf(inner)!, { stage: "prod", local: false });
    return { web: service({ image: source }) };
  });
  const { notes } = declareApp(appDataOf(outer)!, { stage: "prod", local: false });
  expect(notes.declarations.map(({ kind }) => kind)).toEqual(["image", "service"]);
});

test("parts of an app take the context of any app", () => {
  const part = ({ stage }: Context): string => stage;
  const shop = app("shop", { region: "eu-west-1", stages: ["prod"] }, (context) => ({ [part(context)]: postgres() }));
  expect(Object.keys(declareApp(appDataOf(shop)!, { stage: "prod", local: false }).inventory)).toEqual(["prod"]);
});

test.each([
  ["1 second", 1],
  ["90 seconds", 90],
  ["20 minutes", 1200],
  ["1.5 hours", 5400],
  ["7 days", 604_800],
  ["7", undefined],
  ["7 weeks", undefined],
])("%s is %s seconds", (duration, seconds) => {
  expect(durationSeconds(duration)).toBe(seconds);
});

test("sizes are exactly the pairs that Fargate offers", () => {
  // Amazon ECS Developer Guide, "Task CPU and memory": units → smallest, largest and step in MiB.
  const offered: [cpu: number, smallest: number, largest: number, step: number][] = [
    [512, 1024, 4096, 1024],
    [1024, 2048, 8192, 1024],
    [2048, 4096, 16_384, 1024],
    [4096, 8192, 30_720, 1024],
    [8192, 16_384, 61_440, 4096],
    [16_384, 32_768, 122_880, 8192],
  ];
  const pairs = [
    [256, 512],
    [256, 1024],
    [256, 2048],
    ...offered.flatMap(([cpu, smallest, largest, step]) =>
      Array.from({ length: (largest - smallest) / step + 1 }, (_, i) => [cpu, smallest + i * step]),
    ),
  ];
  expect(sizes().map((size) => [fargateSize(size)!.cpu, fargateSize(size)!.memoryMib])).toEqual(pairs);
  expect(fargateSize("0.25 vCPU, 4 GB")).toBeUndefined();
  expect(fargateSize("small")).toBeUndefined();
});
