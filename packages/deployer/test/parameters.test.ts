import type { SecretSlot, Stack } from "@plinth/compiler";
import { describe, expect, test } from "vitest";
import { parameterValues, type ParameterInputs } from "../src/parameters.ts";
import { missingSecrets, secretsMissing, secretStates, setSecret } from "../src/secrets/slots.ts";
import { chooseZones, chooseZonesElsewhere } from "../src/zones.ts";
import type { DeployedStack } from "../src/stacks/stack-state.ts";
import { awsError, emptyAssembly, fakeAws } from "./fake-aws.ts";

const deployed = (name: string, parameters: Record<string, string>, outputs: Record<string, string> = {}): [string, DeployedStack] => [
  name,
  { name, id: name, layer: "database", region: "eu-central-1", status: "CREATE_COMPLETE", parameters, outputs, tags: {} },
];
const slot = (name: string, more: Partial<SecretSlot> = {}): SecretSlot => ({
  name,
  kind: "secret",
  store: "parameter-store",
  id: `/shop/${name}`,
  required: true,
  usedBy: ["web"],
  ...more,
});
const stackWith = (parameters: Stack["parameters"]): Stack => ({
  name: "here",
  layer: "compute",
  region: "eu-central-1",
  template: { Resources: {} },
  parameters,
  tags: {},
  dependsOn: [],
});
const inputs = (more: Partial<ParameterInputs> = {}): ParameterInputs => ({
  assembly: {
    ...emptyAssembly,
    programs: [{ name: "web", kind: "service", cluster: at, logGroup: at, container: "web", secrets: ["key"] }],
  },
  stacks: new Map([deployed("here", { Login: "b" }), deployed("network", {}, { Vpc: "vpc-1" })]),
  images: new Map([["app", "r@sha256:1"]]),
  zones: ["eu-central-1a", "eu-central-1b"],
  secrets: [{ slot: slot("key"), version: "3" }, { slot: slot("other") }],
  ...more,
});
const at = { stack: "s", output: "o" };

test("every source gives its value", () => {
  const values = parameterValues(
    stackWith({
      Vpc: { from: "output", stack: "network", output: "Vpc" },
      Image: { from: "image", image: "app" },
      Zone: { from: "zone", index: 1 },
      Login: { from: "login", database: "database" },
      OtherLogin: { from: "login", database: "second" },
      HasKey: { from: "secret-present", secret: "key" },
      HasOther: { from: "secret-present", secret: "other" },
      Count: { from: "value", value: "2" },
    }),
    inputs(),
  );
  expect(values).toEqual({
    Vpc: "vpc-1",
    Image: "r@sha256:1",
    Zone: "eu-central-1b",
    Login: "b",
    OtherLogin: "a",
    HasKey: "true",
    HasOther: "false",
    Count: "2",
  });
});

test("another version of a secret is another hash, of a program that uses it", () => {
  const versions = (version: string) =>
    parameterValues(stackWith({ V: { from: "secret-versions", program: "web" } }), inputs({ secrets: [{ slot: slot("key"), version }] }))[
      "V"
    ];
  expect(versions("3")).toMatch(/^[0-9a-f]{16}$/);
  expect(versions("3")).toBe(versions("3"));
  expect(versions("3")).not.toBe(versions("4"));
});

test("so is another version of a connection, as when the login in use is switched", () => {
  const program = { name: "web", kind: "service" as const, cluster: at, logGroup: at, container: "web", secrets: [] };
  const assembly = { ...emptyAssembly, programs: [{ ...program, connections: [{ stack: "database", output: "Connection" }] }] };
  const versions = (version: string) =>
    parameterValues(
      stackWith({ V: { from: "secret-versions", program: "web" } }),
      inputs({ assembly, connections: new Map([["database/Connection", version]]) }),
    )["V"];
  expect(versions("1")).toBe(versions("1"));
  expect(versions("1")).not.toBe(versions("2"));
});

test.each([
  [{ stack: "network", output: "Subnet" }, "here needs Subnet of network, which has no output Subnet."],
  [{ stack: "storage", output: "Uri" }, "here needs Uri of storage, which is not deployed."],
])("a missing output names its layer: %j", (source, message) => {
  expect(() => parameterValues(stackWith({ P: { from: "output", ...source } }), inputs())).toThrow(message);
});

describe("availability zones", () => {
  const assembly = {
    ...emptyAssembly,
    stacks: [{ ...stackWith({ ZoneA: { from: "zone", index: 0 }, ZoneB: { from: "zone", index: 1 } }), name: "network" }],
  };
  const zones = (...ids: [name: string, id: string][]) =>
    fakeAws({ "ec2.DescribeAvailabilityZones": () => ({ AvailabilityZones: ids.map(([ZoneName, ZoneId]) => ({ ZoneName, ZoneId })) }) });

  test("those that are deployed are kept, without a question", async () => {
    const aws = zones();
    expect(await chooseZones(aws, assembly, new Map([deployed("network", { ZoneA: "c", ZoneB: "a" })]))).toEqual(["c", "a"]);
    expect(aws.calls).toEqual([]);
  });

  test("new ones are the first that suit, whatever AWS's order, beside those that are kept", async () => {
    const aws = zones(["us-east-1c", "use1-az4"], ["us-east-1b", "use1-az3"], ["us-east-1a", "use1-az1"]);
    expect(await chooseZones(aws, assembly, new Map())).toEqual(["us-east-1a", "us-east-1c"]);
    expect(await chooseZones(aws, assembly, new Map([deployed("network", { ZoneB: "us-east-1a" })]))).toEqual(["us-east-1c", "us-east-1a"]);
  });

  test("those of another region are chosen there", async () => {
    const elsewhere = { ...stackWith({ ZoneA: { from: "zone", index: 0, region: "eu-west-1" } }), name: "network-eu-west-1" };
    const both = { ...assembly, stacks: [...assembly.stacks, elsewhere] };
    const aws = zones(["eu-west-1b", "euw1-az2"], ["eu-west-1a", "euw1-az1"]);
    const zonesElsewhere = await chooseZonesElsewhere(aws, both, new Map());
    expect(zonesElsewhere).toEqual(new Map([["eu-west-1", ["eu-west-1a"]]]));
    expect(parameterValues(elsewhere, inputs({ zonesElsewhere }))).toEqual({ ZoneA: "eu-west-1a" });
    expect(await chooseZones(aws, both, new Map([deployed("network", { ZoneA: "c", ZoneB: "a" })]))).toEqual(["c", "a"]);
  });

  test("too few are told", async () => {
    await expect(chooseZones(zones(["a", "x"]), assembly, new Map())).rejects.toThrow(
      "eu-central-1 has 1 usable availability zones; shop asks for 2.",
    );
  });
});

describe("secrets", () => {
  const slots = [
    slot("key"),
    slot("empty"),
    slot("managed", { store: "secrets-manager", id: "shop/managed" }),
    slot("free", { required: false }),
  ];
  const aws = fakeAws({
    "ssm.GetParameters": ({ Names, WithDecryption }: { Names: string[]; WithDecryption: boolean }) => {
      expect(WithDecryption).toBe(false);
      return { Parameters: Names.includes("/shop/key") ? [{ Name: "/shop/key", Version: 3, LastModifiedDate: new Date(0) }] : [] };
    },
    "secretsmanager.DescribeSecret": () => ({ VersionIdsToStages: { old: ["AWSPREVIOUS"] } }),
    "secretsmanager.PutSecretValue": () => {
      throw awsError("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
    },
    "ssm.PutParameter": () => ({}),
  });

  test("what is required and has no value is missing; a secret that is made but empty, too", async () => {
    const states = await secretStates(aws, slots);
    expect(states.map(({ version }) => version)).toEqual(["3", undefined, undefined, undefined]);
    const missing = missingSecrets(states);
    expect(secretsMissing(emptyAssembly, missing, " --stage prod")).toMatchObject({
      message: "empty (for web), managed (for web) have no value in shop prod.",
      remedy: "plinth secrets set empty --stage prod\nplinth secrets set managed --stage prod\nThen deploy again: it goes on from here.",
    });
  });

  test("a secret is a SecureString, a setting a String; both overwrite", async () => {
    await setSecret(aws, slot("key"), "v");
    await setSecret(aws, slot("open", { kind: "setting" }), "v");
    expect(aws.calls.slice(-2).map(({ input }) => input)).toEqual([
      { Name: "/shop/key", Type: "SecureString", Value: "v", Overwrite: true },
      { Name: "/shop/open", Type: "String", Value: "v", Overwrite: true },
    ]);
  });

  test("fields are asked for by name, and a value never stands in a message", async () => {
    const fields = slot("managed", { store: "secrets-manager", fields: ["api_key"] });
    const refused = setSecret(aws, fields, "hidden-value");
    await expect(refused).rejects.toThrow('managed has to be a JSON object with "api_key".');
    await expect(refused).rejects.not.toThrow("hidden-value");
    await expect(setSecret(aws, fields, "hidden-value", "key")).rejects.toMatchObject({ remedy: "It has: api_key." });
  });

  test("a secret that the deploy has not made yet is said to come with it", async () => {
    await expect(setSecret(aws, slots[2]!, "v")).rejects.toMatchObject({
      message: "shop/managed is not there yet: the deploy makes it, empty.",
    });
  });
});
