import type { Template } from "@plinth/cloudformation";
import type { Stack } from "@plinth/compiler";
import { expect, test } from "vitest";
import { outwardTemplate } from "../src/outward-template.ts";
import { parameterValues } from "../src/parameters.ts";
import { stackUpdate } from "../src/stack-update.ts";
import type { DeployedStack } from "../src/stacks/stack-state.ts";
import { emptyAssembly } from "./fake-aws.ts";

const template = (size: string): Template => ({
  Parameters: { WebSetsCount: { Type: "String" }, WebCount: { Type: "Number" }, Image: { Type: "String" } },
  Conditions: { WebStarts: { "Fn::Equals": [{ Ref: "WebSetsCount" }, "true"] } },
  Resources: {
    Web: {
      Type: "AWS::ECS::Service",
      Properties: { PlatformVersion: size, DesiredCount: { "Fn::If": ["WebStarts", { Ref: "WebCount" }, { Ref: "AWS::NoValue" }] } },
    },
  },
});

/** The values of a second deploy, over a first one with these. */
function secondDeploy(first: Record<string, string>, { count = "2", image = "a", size = "1.4.0", status = "CREATE_COMPLETE" } = {}) {
  const stack: Stack = {
    name: "shop-prod-compute",
    layer: "compute",
    region: "eu-central-1",
    template: template(size),
    parameters: {
      WebSetsCount: { from: "sets-count", count: "WebCount" },
      WebCount: { from: "value", value: count },
      Image: { from: "image", image: "app" },
    },
    tags: {},
    dependsOn: [],
  };
  const deployed: DeployedStack = {
    name: stack.name,
    id: "i",
    layer: "compute",
    region: "eu-central-1",
    status,
    parameters: first,
    outputs: {},
    tags: {},
  };
  const stacks = new Map([[stack.name, deployed]]);
  const values = parameterValues(stack, { assembly: emptyAssembly, stacks, images: new Map([["app", image]]), zones: [], secrets: [] });
  const standing = status === "CREATE_COMPLETE";
  return stackUpdate(stack, {
    deployed: standing ? template("1.4.0") : undefined,
    values,
    deployedValues: standing ? first : {},
    outwards: true,
  }).parameters;
}
const first = { WebSetsCount: "true", WebCount: "2", Image: "a" };

test.each([
  ["a deploy without a change changes nothing", first, {}, first],
  ["another image keeps the running number", first, { image: "b" }, { WebSetsCount: "false", WebCount: "2", Image: "b" }],
  ["another template too", first, { size: "1.3.0" }, { ...first, WebSetsCount: "false" }],
  ["another number in the app is set", first, { count: "3" }, { WebSetsCount: "true", WebCount: "3", Image: "a" }],
  ["also after it was kept", { ...first, WebSetsCount: "false" }, { count: "3" }, { WebSetsCount: "true", WebCount: "3", Image: "a" }],
  ["a service that is added begins with the app's number", { Image: "a" }, {}, first],
  ["so does one whose first creation was rolled back", { ...first, WebSetsCount: "false" }, { status: "ROLLBACK_COMPLETE" }, first],
])("%s", (_, before, change, expected) => expect(secondDeploy(before, change)).toEqual(expected));

test("a condition of a parameter with another value stays as it is for what is kept, and for nothing else", () => {
  const kept: Template = {
    ...template("1.4.0"),
    Resources: { ...template("1.4.0").Resources, Old: { Type: "AWS::SNS::Topic", Condition: "WebStarts" } },
  };
  const next = template("1.4.0");
  expect(outwardTemplate(next, next, { WebSetsCount: "true" })).toEqual(next);
  const out = outwardTemplate(kept, next, { WebSetsCount: "true" });
  expect(out.Resources["Old"]).toEqual({ Type: "AWS::SNS::Topic", Condition: "DeployedWebStarts" });
  expect(out.Conditions!["DeployedWebStarts"]).toEqual({ "Fn::Equals": [{ Ref: "DeployedWebSetsCount" }, "true"] });
  expect(out.Parameters!["DeployedWebSetsCount"]).toEqual({ Type: "String", Default: "true" });
});
