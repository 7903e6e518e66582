/** What load balancers, queues, buckets and scaling become, where the golden files of the examples do not show it. */
import { expect, test } from "vitest";
import type { Assembly, Layer } from "../src/index.ts";
import { busy } from "./apps/index.ts";
import { assemblyOf } from "./compile-app.ts";

const [dev, prod, local] = [assemblyOf(busy, "dev"), assemblyOf(busy, "prod"), assemblyOf(busy, "local", { local: true })];
const resources = (of: Assembly, layer: Layer) => of.stacks.find((stack) => stack.layer === layer)!.template.Resources;
const properties = (of: Assembly, layer: Layer, id: string) => resources(of, layer)[id]!.Properties!;

test("an exact path goes before a pattern, a longer pattern before a shorter one, a host before none", () => {
  const rules = Object.entries(resources(prod, "compute"))
    .filter(([id, { Type }]) => Type === "AWS::ElasticLoadBalancingV2::ListenerRule" && id.startsWith("Entry"))
    .map(([id, { Properties: p }]) => {
      const conditions = p!["Conditions"] as Record<string, { Values?: unknown[] }>[];
      const values = (field: string) => conditions.flatMap((one) => one[field]?.Values ?? []);
      return [id, p!["Priority"], ...values("HostHeaderConfig"), ...values("PathPatternConfig")];
    });
  expect(rules).toEqual([
    ["EntryApiRule", 10, "api.example.com", "/v1/*"],
    ["EntryApiRule2", 20, "*.example.com", "/v2/*"],
    ["EntryRobotsTxtRule", 30, "/robots.txt"],
    ["EntryApiRule3", 40, "/health", "/api/*"],
    ["EntryOlderRule", 50, "/older"],
    ["EntryApiRule4", 60, "/admin/*"],
    ["EntryOldRule", 70, "/old/*"],
    ["EntryWsRule", 80, "/*"],
  ]);
});

test("TLS: a certificate of its own or one that is there, 80 leads to 443; the same in the embedded cloud, where the zone is made", () => {
  expect(properties(prod, "compute", "EntryHttp")["DefaultActions"]).toMatchObject([{ Type: "redirect", RedirectConfig: { Port: "443" } }]);
  expect(properties(prod, "compute", "EntryHttps")["Certificates"]).toEqual([{ CertificateArn: { Ref: "EntryCertificate" } }]);
  expect(properties(prod, "compute", "SecureHttps")["Certificates"]).toMatchObject([
    { CertificateArn: expect.stringContaining("arn:aws:acm") },
  ]);
  expect(prod.outputs["entry"]!["url"]).toEqual({ from: "value", value: "https://busy.example.com" });
  expect(prod.outputs["inner"]!["url"]).toEqual({ from: "output", stack: "busy-prod-compute", output: "InnerUrl" });
  const named = (one: typeof prod) => Object.keys(resources(one, "compute")).filter((id) => /Https|Certificate|Alias/.test(id));
  expect(named(prod)).toEqual(["EntryCertificate", "EntryHttps", "EntryAlias", "SecureHttps"]);
  expect(named(local)).toEqual(named(prod));
  const zoneOf = (one: typeof prod) => one.stacks.find(({ layer }) => layer === "compute")!.parameters["EntryHostedZone"];
  expect([zoneOf(prod), zoneOf(local)]).toEqual([
    { from: "hosted-zone", zone: "example.com" },
    { from: "hosted-zone", zone: "example.com", create: true },
  ]);
  expect(local.notes).toEqual(["network has no bastion here: what stands in the embedded cloud is reached directly."]);
});

test("a program that names a load balancer gets its public URL, and reaches it", () => {
  const [container] = properties(prod, "compute", "CallerTaskDefinition")["ContainerDefinitions"] as {
    Environment: { Value: unknown }[];
  }[];
  const address = { "Fn::Sub": ["http://${Name}", { Name: { "Fn::GetAtt": ["Inner", "DNSName"] } }] };
  expect(container!.Environment.map(({ Value }) => Value)).toEqual([
    "https://busy.example.com",
    address,
    { "Fn::Join": ["", [address, "/v1"]] },
    { "Fn::Sub": ["https://${Name}", { Name: { "Fn::GetAtt": ["Secure", "DNSName"] } }] },
  ]);
  const out = Object.keys(resources(prod, "network")).filter((id) => id.startsWith("CallerTo"));
  expect(out).toEqual(["CallerToInternet", "CallerToInner"]);
});

test("a service behind two load balancers is in a group of each, and waits for the rules of both", () => {
  const { DependsOn, Properties } = resources(prod, "compute")["ApiService"]!;
  expect(DependsOn).toEqual(["EntryApiRule", "EntryApiRule2", "EntryApiRule3", "EntryApiRule4", "InnerApiRule"]);
  expect(Properties!["LoadBalancers"]).toMatchObject([
    { TargetGroupArn: { Ref: "EntryApiTargets" } },
    { TargetGroupArn: { Ref: "InnerApiTargets" } },
  ]);
  expect(Properties!["HealthCheckGracePeriodSeconds"]).toBe(120);
  expect(properties(prod, "compute", "EntryApiTargets")).toMatchObject({
    HealthCheckPath: "/health",
    Matcher: { HttpCode: "200,204" },
    HealthCheckIntervalSeconds: 15,
    HealthCheckTimeoutSeconds: 10,
    HealthyThresholdCount: 3,
    UnhealthyThresholdCount: 5,
  });
});

test("a backlog is followed for each task in production, and in steps elsewhere and from zero", () => {
  const policies = (of: Assembly) => Object.keys(resources(of, "compute")).filter((id) => /Backlog.*(Scaling|Trigger)$/.test(id));
  const steps = ["BacklogOutScaling", "BacklogOutTrigger", "BacklogInScaling", "BacklogInTrigger"];
  expect(policies(prod)).toEqual(["WorkersBacklogScaling", ...steps.map((step) => `Idle${step}`)]);
  expect(policies(dev)).toEqual([...steps.map((step) => `Workers${step}`), ...steps.map((step) => `Idle${step}`)]);
  const adjustments = (id: string) =>
    (properties(dev, "compute", id)["StepScalingPolicyConfiguration"] as { StepAdjustments: object[] }).StepAdjustments;
  expect(adjustments("IdleBacklogOutScaling")).toEqual([
    { MetricIntervalLowerBound: 0, MetricIntervalUpperBound: 1, ScalingAdjustment: 1 },
    { MetricIntervalLowerBound: 1, MetricIntervalUpperBound: 2, ScalingAdjustment: 2 },
    { MetricIntervalLowerBound: 2, ScalingAdjustment: 3 },
  ]);
  // 29 copies more than the fewest, and a policy has twenty steps at most.
  expect(adjustments("WorkersBacklogOutScaling")).toHaveLength(15);
  expect(adjustments("WorkersBacklogOutScaling").at(-1)).toEqual({ MetricIntervalLowerBound: 280, ScalingAdjustment: 30 });
});

test("a bucket that tells a queue of changes stands after it", () => {
  const layers = prod.stacks.map(({ layer }) => layer);
  expect(layers.indexOf("messaging")).toBeLessThan(layers.indexOf("storage"));
  expect(prod.stacks.find(({ layer }) => layer === "storage")!.dependsOn).toEqual(["busy-prod-secrets", "busy-prod-messaging"]);
  expect(properties(prod, "storage", "Uploads")["NotificationConfiguration"]).toEqual({
    QueueConfigurations: [
      {
        Event: "s3:ObjectCreated:*",
        Filter: {
          S3Key: {
            Rules: [
              { Name: "prefix", Value: "in/" },
              { Name: "suffix", Value: ".csv" },
            ],
          },
        },
        Queue: { Ref: "ChangesArn" },
      },
    ],
    TopicConfigurations: [{ Event: "s3:ObjectRemoved:*", Topic: { Ref: "News" } }],
  });
});

test("a firewall counts large bodies, and where it is told so everything", () => {
  const rules = (id: string) => properties(prod, "waf", id)["Rules"] as Record<string, object>[];
  expect(rules("EntryFirewall").map(({ Name, Priority }) => [Name, Priority])).toEqual([
    ["rate-limit", 0],
    ["common", 10],
    ["sql-injection", 20],
    ["known-bad-inputs", 30],
    ["ip-reputation", 40],
  ]);
  expect(rules("EntryFirewall")[1]!["Statement"]).toMatchObject({
    ManagedRuleGroupStatement: { RuleActionOverrides: [{ Name: "SizeRestrictions_BODY", ActionToUse: { Count: {} } }] },
  });
  expect(rules("InnerFirewall")).toMatchObject([{ Name: "common", OverrideAction: { Count: {} } }]);
});
