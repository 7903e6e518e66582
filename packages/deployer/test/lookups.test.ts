import type { Stack } from "@plinth/compiler";
import { expect, test } from "vitest";
import { lookUp } from "../src/lookups.ts";
import { parameterValues } from "../src/parameters.ts";
import type { DeployedStack } from "../src/stacks/stack-state.ts";
import { emptyAssembly, fakeAws } from "./fake-aws.ts";

const stack: Stack = {
  name: "shop-prod-compute",
  layer: "compute",
  region: "eu-central-1",
  template: { Resources: {} },
  parameters: { Zone: { from: "hosted-zone", zone: "example.com" }, List: { from: "prefix-list", name: "com.amazonaws.x" } },
  tags: {},
  dependsOn: [],
};
const assembly = { ...emptyAssembly, stacks: [stack] };
const zones = (...names: [name: string, id: string, isPrivate?: boolean][]) =>
  fakeAws({
    "route53.ListHostedZonesByName": () => ({
      HostedZones: names.map(([Name, id, PrivateZone = false]) => ({ Name, Id: `/hostedzone/${id}`, Config: { PrivateZone } })),
    }),
    "ec2.DescribeManagedPrefixLists": () => ({ PrefixLists: [{ PrefixListId: "pl-1" }] }),
  });
const valuesWith = (lookups: ReadonlyMap<string, string>, stacks = new Map<string, DeployedStack>()) =>
  parameterValues(stack, { assembly, stacks, images: new Map(), zones: [], secrets: [], lookups });

test("a zone is the public one of that very name, a list that of the region", async () => {
  const aws = zones(["example.com.", "Zprivate", true], ["example.com.", "Z1"], ["example.com.au.", "Z2"]);
  expect(valuesWith(await lookUp(aws, assembly, new Map()))).toEqual({ Zone: "Z1", List: "pl-1" });
});

test("a list that is deployed stays; a zone is asked for again, since the app may name another", async () => {
  const aws = zones(["example.com.", "Z1"]);
  const deployed = new Map([
    [stack.name, { name: stack.name, status: "CREATE_COMPLETE", parameters: { Zone: "Zold", List: "pl-old" } } as unknown as DeployedStack],
  ]);
  expect(valuesWith(await lookUp(aws, assembly, deployed), deployed)).toEqual({ Zone: "Z1", List: "pl-old" });
  expect(aws.calls.map(({ operation }) => operation)).toEqual(["route53.ListHostedZonesByName"]);
});

test.each([
  [[], "Route 53 has no public zone example.com in this account."],
  [
    [
      ["example.com.", "Z1"],
      ["example.com.", "Z2"],
    ],
    "Route 53 has 2 public zones example.com in this account: which is meant cannot be told.",
  ],
] as const)("%j is refused", async (names, message) => {
  await expect(lookUp(zones(...names.map(([a, b]): [string, string] => [a, b])), assembly, new Map())).rejects.toThrow(message);
});
