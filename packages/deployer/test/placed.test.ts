import type { Stack } from "@plinth/compiler";
import { expect, test } from "vitest";
import { placedResources } from "../src/placed.ts";
import { emptyAssembly, fakeAws } from "./fake-aws.ts";

const stack = (name: string): Stack => ({
  name,
  layer: "compute",
  region: "eu-central-1",
  template: { Resources: {} },
  parameters: {},
  tags: {},
  dependsOn: [],
});
const standing = (names: string[]) =>
  fakeAws({
    "cloudformation.DescribeStacks": () => ({
      Stacks: names.map((StackName) => ({
        StackName,
        StackStatus: "UPDATE_COMPLETE",
        Tags: ["app=shop", "stage=prod", "layer=compute"].map((tag) => ({
          Key: `plinth:${tag.split("=")[0]}`,
          Value: tag.split("=")[1],
        })),
      })),
    }),
    "cloudformation.GetTemplate": ({ StackName }: { StackName: string }) => ({
      TemplateBody: JSON.stringify({
        Resources: {
          [StackName === "shop-prod-compute" ? "A" : "B2"]: {
            Type: "AWS::SNS::Topic",
            ...(StackName === "shop-prod-compute" ? {} : { Metadata: { "plinth:succeeds": "B" } }),
          },
        },
      }),
    }),
  });

test("of a layer with several stacks it is said what stands in which, by the ids that the app gives", async () => {
  const aws = standing(["shop-prod-compute", "shop-prod-compute-2"]);
  expect(await placedResources(aws, emptyAssembly)).toEqual({ "shop-prod-compute": ["A"], "shop-prod-compute-2": ["B"] });
});

test("also when only the new version has several", async () => {
  const assembly = { ...emptyAssembly, stacks: [stack("shop-prod-compute"), stack("shop-prod-compute-2")] };
  expect(await placedResources(standing(["shop-prod-compute"]), assembly)).toEqual({ "shop-prod-compute": ["A"] });
});

test("where each layer has one, no template is read", async () => {
  const aws = standing(["shop-prod-compute"]);
  expect(await placedResources(aws, { ...emptyAssembly, stacks: [stack("shop-prod-compute")] })).toBeUndefined();
  expect(new Set(aws.calls.map(({ operation }) => operation))).toEqual(new Set(["cloudformation.DescribeStacks"]));
});
