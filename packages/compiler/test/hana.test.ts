/** Hana's templates, whole, as golden files (`vitest run FILE -u` writes them anew); and the rows of its source that they must hold. */
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import hana from "../../../examples/hana/plinth.config.ts";
import type { Assembly, Layer } from "../src/index.ts";
import { assemblyOf } from "./compile-app.ts";
import { golden } from "./golden.ts";

const configFolder = fileURLToPath(new URL("../../../examples/hana/", import.meta.url));
const assembly = (stage: string, local = false): Assembly => assemblyOf(hana, stage, { local, configFolder });
const [dev, prod] = [assembly("dev"), assembly("prod")];
const resources = (of: Assembly, layer: Layer) => of.stacks.find((stack) => stack.layer === layer)!.template.Resources;
const properties = (of: Assembly, layer: Layer, id: string) => resources(of, layer)[id]!.Properties!;

test.each(["dev", "prod"])("%s", async (stage) => {
  await expect(golden(assembly(stage), configFolder)).toMatchFileSnapshot(`golden/hana-${stage}.yaml`);
});

test("has nine stacks, and is the same in the embedded cloud as on AWS", () => {
  const layers = ["network", "storage", "secrets", "messaging", "database", "iam", "waf", "compute", "observability"];
  expect(dev.stacks.map(({ name }) => name)).toEqual(layers.map((layer) => `hana-dev-${layer}`));
  expect(golden(assembly("dev", true), configFolder)).toBe(golden(dev, configFolder));
});

test("its groups let in what the source says, and nothing else", () => {
  const rules = Object.entries(resources(dev, "network"))
    .filter(([, { Type }]) => Type === "AWS::EC2::SecurityGroupIngress")
    .map(([id, { Properties: p }]) => [id, p!["FromPort"], p!["CidrIp"] ?? "a group"]);
  expect(rules.filter(([id]) => !String(id).startsWith("EndpointFrom"))).toEqual([
    ["DatabaseFromApi", 5432, "a group"],
    ["CacheFromApi", 6379, "a group"],
    ["DatabaseFromWs", 5432, "a group"],
    ["CacheFromWs", 6379, "a group"],
    ["DatabaseFromWorkers", 5432, "a group"],
    ["CacheFromWorkers", 6379, "a group"],
    ["EntryFromInternetHttp", 80, "0.0.0.0/0"],
    ["EntryFromInternetHttps", 443, "0.0.0.0/0"],
    ["ApiFromEntry", 3000, "a group"],
    ["WsFromEntry", 3001, "a group"],
    ["DatabaseFromAdministration", 5432, "a group"],
  ]);
});

test("its routes are two rules, which services wait for", () => {
  const rules = Object.entries(resources(dev, "compute"))
    .filter(([, { Type }]) => Type === "AWS::ElasticLoadBalancingV2::ListenerRule")
    .map(([id, { Properties: p }]) => [id, p!["Priority"], p!["Conditions"]]);
  expect(rules).toEqual([
    ["EntryApiRule", 10, [{ Field: "path-pattern", PathPatternConfig: { Values: ["/health", "/api/*", "/v1/*"] } }]],
    ["EntryWsRule", 20, [{ Field: "path-pattern", PathPatternConfig: { Values: ["/socket.io/*", "/ws/*"] } }]],
  ]);
  expect(resources(dev, "compute")["ApiService"]!.DependsOn).toEqual(["EntryApiRule"]);
  expect(properties(dev, "compute", "WorkersService")).not.toHaveProperty("LoadBalancers");
});

test("what the stages differ in", () => {
  const several = (one: Assembly, layer: Layer, id: string, names: string[]) => names.map((name) => properties(one, layer, id)[name]);
  const of = (one: Assembly) => ({
    natGateways: Object.values(resources(one, "network")).filter(({ Type }) => Type === "AWS::EC2::NatGateway").length,
    database: several(one, "database", "Database", ["DBInstanceClass", "MultiAZ", "AllocatedStorage", "DeletionProtection"]),
    cache: several(one, "database", "Cache", ["CacheNodeType", "NumCacheClusters", "Engine"]),
    logs: properties(one, "storage", "ApiLogGroup"),
    insights: properties(one, "network", "Cluster")["ClusterSettings"],
    task: several(one, "compute", "ApiTaskDefinition", ["Cpu", "Memory"]),
    scaling: Object.keys(resources(one, "compute")).filter((id) => id.includes("Scaling")),
  });
  expect(of(dev)).toEqual({
    natGateways: 1,
    database: ["db.t4g.medium", false, "20", false],
    cache: ["cache.t4g.medium", 1, "redis"],
    logs: { LogGroupName: "/ecs/hana-dev/api", RetentionInDays: 7 },
    insights: [{ Name: "containerInsights", Value: "disabled" }],
    task: ["512", "1024"],
    scaling: [],
  });
  expect(of(prod)).toEqual({
    natGateways: 2,
    database: ["db.r6g.large", true, "100", true],
    cache: ["cache.r6g.large", 2, "redis"],
    logs: { LogGroupName: "/ecs/hana-prod/api", RetentionInDays: 30, KmsKeyId: { Ref: "StageKeyArn" } },
    insights: [{ Name: "containerInsights", Value: "enabled" }],
    task: ["1024", "2048"],
    scaling: ["ApiScaling", "ApiCpuScaling", "WsScaling", "WsCpuScaling", "WorkersScaling", "WorkersCpuScaling", "WorkersBacklogScaling"],
  });
});

test("the seven alarms of the source, with their thresholds and periods", () => {
  const alarm = (id: string) => {
    const p = properties(dev, "observability", `${id}Alarm`);
    return [p["Threshold"], p["ComparisonOperator"], p["Period"], p["EvaluationPeriods"]];
  };
  expect(alarm("ApiCpu")).toEqual([80, "GreaterThanThreshold", 300, 2]);
  expect(alarm("ApiMemory")).toEqual([85, "GreaterThanThreshold", 300, 2]);
  expect(alarm("DatabaseCpu")).toEqual([80, "GreaterThanThreshold", 300, 2]);
  expect(alarm("DatabaseStorage")).toEqual([5 * 1024 ** 3, "LessThanThreshold", 300, 1]);
  expect(alarm("CacheMemory")).toEqual([80, "GreaterThanThreshold", 300, 2]);
  expect(alarm("EntryErrors")).toEqual([10, "GreaterThanThreshold", undefined, 1]);
  expect(alarm("AgentRunsDead")).toEqual([1, "GreaterThanOrEqualToThreshold", 60, 1]);
  expect(properties(dev, "messaging", "AlertsEmail")).toMatchObject({ Protocol: "email", Endpoint: "ops@example.com" });
});

test("the six widgets of the source", () => {
  const body = properties(dev, "observability", "AlertsDashboard")["DashboardBody"] as { "Fn::Sub": [string, object] };
  const { widgets } = JSON.parse(body["Fn::Sub"][0]) as { widgets: { type: string; properties: { title: string } }[] };
  expect(widgets.map(({ type, properties: { title } }) => [type, title])).toEqual([
    ["metric", "Services: processor and memory, %"],
    ["metric", "Load balancers: requests and response time"],
    ["metric", "Databases: processor, % and connections"],
    ["metric", "Caches: memory, %"],
    ["metric", "Queues: messages"],
    ["log", "Recent errors"],
  ]);
});

test("its secrets: names, fields, and which may be empty", () => {
  expect(dev.secrets.map(({ id, required, fields, usedBy }) => [id, required, fields, usedBy.length])).toEqual([
    ["hana/dev/anthropic-api-key", true, ["api_key"], 3],
    ["hana/dev/openai-api-key", false, ["api_key"], 3],
    ["hana/dev/elevenlabs-api-key", false, ["api_key"], 3],
  ]);
  const [container] = properties(dev, "compute", "ApiTaskDefinition")["ContainerDefinitions"] as { Secrets: unknown[] }[];
  expect(container!.Secrets.slice(2, 4)).toEqual([
    { Name: "ANTHROPIC_API_KEY", ValueFrom: { "Fn::Sub": ["${Secret}:api_key::", { Secret: { Ref: "AnthropicApiKey" } }] } },
    {
      "Fn::If": [
        "HasOpenaiApiKey",
        { Name: "OPENAI_API_KEY", ValueFrom: { "Fn::Sub": ["${Secret}:api_key::", { Secret: { Ref: "OpenaiApiKey" } }] } },
        { Ref: "AWS::NoValue" },
      ],
    },
  ]);
});

test("each program may do with queues and buckets what it names", () => {
  const actions = (id: string, service: string) => {
    const [policy] = properties(dev, "iam", id)["Policies"] as { PolicyDocument: { Statement: { Action: string | string[] }[] } }[];
    return policy!.PolicyDocument.Statement.flatMap(({ Action }) => Action).filter((action) => action.startsWith(`${service}:`));
  };
  const [asking, writing] = [
    ["sqs:GetQueueAttributes", "sqs:GetQueueUrl"],
    ["s3:PutObject", "s3:DeleteObject"],
  ];
  const uploading = [...writing, "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"];
  expect(actions("WsTaskRole", "s3")).toEqual(["s3:ListBucket", "s3:GetObject", ...uploading]);
  expect(actions("WsTaskRole", "sqs")).toEqual([]);
  expect(actions("ApiTaskRole", "sqs")).toEqual(["sqs:SendMessage", ...asking]);
  expect(actions("WorkersTaskRole", "sqs")).toEqual(["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", ...asking]);
});
