/** Hebo's templates, whole, as golden files (`vitest run FILE -u` writes them anew); and the rows of its source that they must hold. */
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import hebo from "../../../examples/hebo/plinth.config.ts";
import type { Assembly } from "../src/index.ts";
import { assemblyOf, letIn, propertiesOf, resourcesOf } from "./compile-app.ts";
import { golden } from "./golden.ts";

const configFolder = fileURLToPath(new URL("../../../examples/hebo/", import.meta.url));
const assembly = (stage: string, local = false): Assembly => assemblyOf(hebo, stage, { local, configFolder });
const [production, preview, local] = [assembly("production"), assembly("pull-7"), assembly("local", true)];

test.each([
  ["production", production],
  ["preview", preview],
])("%s", async (stage, one) => {
  await expect(golden(one, configFolder)).toMatchFileSnapshot(`golden/hebo-${stage}.yaml`);
});

test("B1: production has a reader, a proxy and a copy in another region; a preview pauses", () => {
  expect(propertiesOf(production, "database", "Database")).toMatchObject({
    EngineVersion: expect.stringMatching(/^17\./),
    ServerlessV2ScalingConfiguration: { MinCapacity: 0.5, MaxCapacity: 4 },
    StorageEncrypted: true,
  });
  expect(resourcesOf(production, "database")).toHaveProperty("DatabaseReader1");
  expect(propertiesOf(production, "database", "DatabaseProxy")).toMatchObject({ RequireTLS: true, EngineFamily: "POSTGRESQL" });
  const text = propertiesOf(production, "database", "DatabaseConnection")["SecretString"];
  const proxy = { "Fn::GetAtt": ["DatabaseProxy", "Endpoint"] };
  // While the other region writes, programs go past the proxy.
  const host = { "Fn::If": ["DatabaseHasGlobalEndpoint", { Ref: "DatabaseGlobalEndpoint" }, proxy] };
  expect(text).toMatchObject({ "Fn::Sub": [expect.any(String), { Host: host }] });
  expect(letIn(production).filter(([, port]) => port === 5432)).toEqual([
    ["DatabaseProxyFromApi", 5432, "a group"],
    ["DatabaseProxyFromGateway", 5432, "a group"],
    ["DatabaseFromDatabaseProxy", 5432, "a group"],
    ["DatabaseFromAdministration", 5432, "a group"],
  ]);

  expect(propertiesOf(preview, "database", "Database")["ServerlessV2ScalingConfiguration"]).toEqual({
    MinCapacity: 0,
    MaxCapacity: 4,
    SecondsUntilAutoPause: 1200,
  });
  expect(Object.keys(resourcesOf(preview, "database")).filter((id) => /Proxy|Reader|Global/.test(id))).toEqual([]);
});

test("B1: the copy stands in stacks of its region, after the first database, with a network and a key of its own", () => {
  expect(production.stacks.slice(-3).map(({ name, region, dependsOn }) => [name, region, dependsOn])).toEqual([
    ["hebo-production-network-eu-west-1", "eu-west-1", ["hebo-production-network"]],
    ["hebo-production-network-us-east-1", "us-east-1", ["hebo-production-network", "hebo-production-network-eu-west-1"]],
    ["hebo-production-database-eu-west-1", "eu-west-1", ["hebo-production-database", "hebo-production-network-eu-west-1"]],
  ]);
  const copy = propertiesOf(production, "database-eu-west-1", "DatabaseEuWest1");
  expect(copy).toMatchObject({
    GlobalClusterIdentifier: { Ref: "DatabaseGlobal" },
    StorageEncrypted: true,
    KmsKeyId: { "Fn::GetAtt": ["DatabaseEuWest1Key", "Arn"] },
  });
  expect(copy).not.toHaveProperty("MasterUsername");
  expect(propertiesOf(production, "network-eu-west-1", "DatabaseEuWest1Vpc")["CidrBlock"]).toBe("10.1.0.0/16");
  // The app's own stacks wait for none of it.
  const waitedFor = production.stacks.slice(0, -3).flatMap(({ dependsOn }) => dependsOn);
  expect(waitedFor.filter((name) => /-[a-z]+-[a-z]+-\d$/.test(name))).toEqual([]);
  // Programs reach it when it writes: out of their groups, over a peering connection, and back.
  const [route, out] = [
    propertiesOf(production, "network-us-east-1", "DatabaseEuWest1Route1"),
    propertiesOf(production, "network", "ApiToDatabaseEuWest1"),
  ];
  expect([route["DestinationCidrBlock"], out["CidrIp"], out["FromPort"]]).toEqual(["10.1.20.0/23", "10.1.20.0/23", 5432]);
  expect(propertiesOf(production, "network-eu-west-1", "DatabaseEuWest1FromPrograms")).toMatchObject({
    CidrIp: "10.0.0.0/16",
    FromPort: 5432,
  });
  expect(propertiesOf(production, "network-eu-west-1", "DatabaseEuWest1RouteBack")["DestinationCidrBlock"]).toBe("10.0.0.0/16");
});

test("B2: both services stand behind one load balancer, each by its own name with TLS", () => {
  const of = (type: string) => Object.entries(resourcesOf(production, "compute")).filter(([, { Type }]) => Type.endsWith(type));
  expect(of("::LoadBalancer").map(([id]) => id)).toEqual(["SharedEntrance"]);
  const hosts = of("::ListenerRule").flatMap(([, { Properties: p }]) =>
    (p!["Conditions"] as { HostHeaderConfig?: { Values: string[] } }[]).flatMap((one) => one.HostHeaderConfig?.Values ?? []),
  );
  expect(hosts).toEqual(["api.cloud.hebo.ai", "gateway.cloud.hebo.ai"]);
  expect(production.outputs["api"]!["url"]).toEqual({ from: "value", value: "https://api.cloud.hebo.ai" });
  expect(letIn(production).filter(([id]) => /^(?:Api|Gateway|Console)From/.test(id))).toEqual([
    ["ApiFromSharedEntrance", 3001, "a group"],
    ["GatewayFromSharedEntrance", 3002, "a group"],
    ["ConsoleFromSharedEntrance", 3000, "a group"],
  ]);
});

test("B3: one Dockerfile with two sets of arguments, published to everybody", () => {
  expect(production.images.map(({ name, args, registry }) => [name, args, registry])).toEqual([
    ["apiImage", { SERVICE: "api", PORT: "3001" }, "public"],
    ["gatewayImage", { SERVICE: "gateway", PORT: "3002" }, "public"],
    ["app", { NEXT_PUBLIC_API_URL: "https://api.cloud.hebo.ai", NEXT_PUBLIC_GATEWAY_URL: "https://gateway.cloud.hebo.ai" }, undefined],
  ]);
  expect(resourcesOf(production, "storage")["ApiImageRepository"]!.Type).toBe("AWS::ECR::PublicRepository");
  expect(local.images.map(({ registry }) => registry)).toEqual([undefined, undefined, undefined]);
});

test("B4: the console behind CloudFront, by the stage's name; its server answers CloudFront alone", () => {
  for (const [one, name] of [
    [production, "cloud.hebo.ai"],
    [preview, "pull-7.cloud.hebo.ai"],
  ] as const) {
    const { DistributionConfig: config } = propertiesOf(one, "compute", "ConsoleDistribution") as {
      DistributionConfig: { Aliases: string[]; Origins: { Id: string; DomainName: unknown }[]; CacheBehaviors: { PathPattern: string }[] };
    };
    expect(config.Aliases).toEqual([name]);
    expect(config.Origins.map(({ Id, DomainName }) => [Id, DomainName])).toEqual([
      ["server", `origin.${name}`],
      ["assets", { Ref: "ConsoleAssetsRegionalDomainName" }],
    ]);
    expect(config.CacheBehaviors.map(({ PathPattern }) => PathPattern)).toEqual(["/_next/static/*"]);
    expect(propertiesOf(one, "edge", "ConsoleCertificate")["DomainName"]).toBe(name);
    expect(one.stacks.find(({ layer }) => layer === "edge")!.region).toBe("us-east-1");
  }
  expect(propertiesOf(production, "compute", "ConsoleRule")["Conditions"]).toMatchObject([
    { Field: "http-header", HttpHeaderConfig: { HttpHeaderName: "x-origin-secret" } },
  ]);
});

test("B4: what reaches the browser is open, and what does not is a secret", () => {
  const [container] = propertiesOf(production, "compute", "ConsoleTaskDefinition")["ContainerDefinitions"] as {
    Environment: { Name: string; Value: unknown }[];
    Secrets: { Name: string; ValueFrom: unknown }[];
  }[];
  const open = container!.Environment.filter(({ Name }) => Name.startsWith("NEXT_PUBLIC_"));
  expect(open).toEqual([
    { Name: "NEXT_PUBLIC_API_URL", Value: "https://api.cloud.hebo.ai" },
    { Name: "NEXT_PUBLIC_GATEWAY_URL", Value: "https://gateway.cloud.hebo.ai" },
  ]);
  expect(container!.Secrets.map(({ Name }) => Name)).toEqual([
    "NEXT_PUBLIC_STACK_PROJECT_ID",
    "NEXT_PUBLIC_STACK_PUBLISHABLE_CLIENT_KEY",
    "STACK_SECRET_SERVER_KEY",
  ]);
});

test("B5: a preview has a bastion and a way out, production neither", () => {
  const of = (one: Assembly) => Object.keys(resourcesOf(one, "network")).filter((id) => /^(?:Bastion|NatGateway\d)$/.test(id));
  expect(of(preview)).toEqual(["NatGateway1", "Bastion"]);
  expect(of(production)).toEqual([]);
  expect(letIn(preview).filter(([id]) => id.endsWith("FromBastion"))).toEqual([["DatabaseFromBastion", 5432, "a group"]]);
});

test("B6: what is set for each stage", () => {
  expect(preview.secrets.map(({ kind, id, required }) => [kind, id, required])).toEqual([
    ["secret", "hebo/pull-7/stack-secret-server-key", true],
    ["setting", "/hebo/pull-7/stack-project-id", true],
    ["setting", "/hebo/pull-7/stack-publishable-client-key", true],
  ]);
});

test("in the embedded cloud services and the page have their names as on AWS, the page behind CloudFront", () => {
  const listeners = Object.entries(resourcesOf(local, "compute"))
    .filter(([, { Type }]) => Type.endsWith("::Listener"))
    .map(([id, { Properties: p }]) => [id, p!["Port"]]);
  expect(listeners).toEqual([
    ["SharedEntranceHttp", 80],
    ["SharedEntranceHttps", 443],
  ]);
  expect(local.stacks.find(({ layer }) => layer === "edge")!.region).toBe("us-east-1");
  expect(local.webFiles).toEqual([
    {
      name: "console",
      image: "app",
      bucket: { stack: "hebo-local-storage", output: expect.any(String) },
      distribution: { stack: "hebo-local-compute", output: expect.any(String) },
    },
  ]);
  expect(local.outputs["api"]!["url"]).toEqual({ from: "value", value: "https://api.local.cloud.hebo.ai" });
  expect(local.outputs["console"]!["url"]).toEqual({ from: "value", value: "https://local.cloud.hebo.ai" });
});
