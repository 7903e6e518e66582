/** What a deploy does to the price: deployed templates, as CloudFormation gives them back, beside the compiled ones. */
import type { Aws } from "@plinth/deployer";
import { compile } from "@plinth/compiler";
import { app, bucket, image, queue, service } from "@plinth/language";
import { expect, test } from "vitest";
import { priceChange } from "../src/app/price-change.ts";

const assemblyOf = (count: number, region: "us-east-1" | "eu-north-1" = "us-east-1", more = {}) =>
  compile(
    app("shop", { region }, () => ({
      web: service({ image: image(), port: 80, public: true, size: "0.5 vCPU, 1 GB", scale: { min: 1, max: count, cpu: 70 } }),
      ...more,
    })),
    { stage: "prod", local: false, configFolder: "/" },
  );

/** An account in which an assembly stands, its parameters become ids. */
function accountWith({ app: name, stage, stacks }: ReturnType<typeof assemblyOf>): Aws {
  const aws = {
    region: "us-east-1",
    embedded: true,
    in: () => aws,
    async call(_: string, operation: string, { StackName }: { StackName?: string }) {
      if (operation === "GetTemplate") return { TemplateBody: JSON.stringify(stacks.find((stack) => stack.name === StackName)!.template) };
      return {
        Stacks: stacks.map((stack) => ({
          StackName: stack.name,
          StackStatus: "CREATE_COMPLETE",
          Tags: [
            { Key: "plinth:app", Value: name },
            { Key: "plinth:stage", Value: stage },
          ],
          Parameters: Object.keys(stack.parameters).map((ParameterKey) => ({ ParameterKey, ParameterValue: "true" })),
        })),
      };
    },
  };
  return aws as unknown as Aws;
}

test("is that of what changes, and of nothing else", async () => {
  const change = await priceChange(assemblyOf(4), accountWith(assemblyOf(2)), "/");
  if ("unknown" in change) throw new Error(change.unknown);
  expect(change.things.map(({ name, items }) => [name, items.map(({ item, before, after }) => [item, before, after])])).toEqual([
    [
      "web",
      [
        ["Fargate vCPU", "Fargate 1–2 × 0.5 vCPU", "Fargate 1–4 × 0.5 vCPU"],
        ["Fargate memory", "1 GB", "1 GB"],
        ["public IPv4", "1–2 public IPv4", "1–4 public IPv4"],
      ],
    ],
  ]);
  // Busy there are two tasks more: 0.5 vCPU and 1 GB each, and an address.
  expect(change.change.busy).toBeCloseTo(2 * (730 * (0.5 * 0.04048 + 0.004445) + 3.65), 2);
});

test("of the same is nothing, of a stack that is not there yet is the whole of it", async () => {
  const same = await priceChange(assemblyOf(2), accountWith(assemblyOf(2)), "/");
  expect(same).toMatchObject({ things: [] });
  const more = await priceChange(assemblyOf(2, "us-east-1", { jobs: queue(), media: bucket() }), accountWith(assemblyOf(2)), "/");
  if ("unknown" in more) throw new Error(more.unknown);
  expect(more.things.map(({ name }) => name).toSorted()).toEqual(["jobs", "media"]);
});

test("in a region without prices is a sentence, not an end", async () => {
  expect(await priceChange(assemblyOf(2, "eu-north-1"), undefined, "/")).toEqual({
    unknown: expect.stringContaining("There are no prices for eu-north-1") as string,
  });
});
