/** A web ACL in front of a load balancer: what it lets through, and what it tells of it in samples, logs and metrics. */
import type { Rule } from "@aws-sdk/client-wafv2";
import { afterEach, beforeEach, expect, test } from "vitest";
import { assembleCloud } from "../../../src/assemble.ts";
import type { Input } from "../../../src/aws.ts";
import { firewallFor } from "../../../src/runtime/firewall/firewall.ts";
import { openStore } from "../../../src/store.ts";
import { startSimulatedCloud, type TestCloud } from "../../cloud.ts";
import type { SimulatedWorld } from "../../../src/world/simulated.ts";
import { inspect, loadBalancerArn, standIn } from "./load-balancer.ts";

let place: TestCloud & { world: SimulatedWorld };
let undo: () => void;
let standing: string[];
beforeEach(async () => {
  place = await startSimulatedCloud();
  standing = [loadBalancerArn];
  undo = standIn(place.cloud, () => standing);
});
afterEach(async () => {
  undo();
  await place[Symbol.asyncDispose]();
});

type Rules = NonNullable<Input<"wafv2", "CreateWebACL">["Rules"]>;
const visibility = (MetricName: string) => ({ MetricName, CloudWatchMetricsEnabled: true, SampledRequestsEnabled: true });
const managed = (Name: string, Priority: number): Rule => ({
  Name,
  Priority,
  Statement: { ManagedRuleGroupStatement: { VendorName: "AWS", Name } },
  OverrideAction: { None: {} },
  VisibilityConfig: visibility(Name),
});
const rate: Rule = {
  Name: "rate",
  Priority: 0,
  Statement: { RateBasedStatement: { Limit: 10, EvaluationWindowSec: 60, AggregateKeyType: "IP" } },
  Action: {
    Block: {
      CustomResponse: { ResponseCode: 429, CustomResponseBodyKey: "slow", ResponseHeaders: [{ Name: "retry-after", Value: "60" }] },
    },
  },
  VisibilityConfig: visibility("rate"),
};

async function create(rules: Rule[]) {
  const { Summary } = await place.call("wafv2", "CreateWebACL", {
    Name: "web",
    Scope: "REGIONAL",
    DefaultAction: { Allow: { CustomRequestHandling: { InsertHeaders: [{ Name: "seen", Value: "yes" }] } } },
    VisibilityConfig: visibility("web"),
    CustomResponseBodies: { slow: { ContentType: "APPLICATION_JSON", Content: '{"slow":true}' } },
    Rules: rules as Rules,
  });
  await place.call("wafv2", "AssociateWebACL", { WebACLArn: Summary!.ARN!, ResourceArn: loadBalancerArn });
  return Summary!;
}

const sqlInjection = { query: "id=1%27%20or%20%271%27=%271" };

test("requests are let through, refused and slowed down", async () => {
  await create([rate, managed("AWSManagedRulesCommonRuleSet", 1), managed("AWSManagedRulesSQLiRuleSet", 2)]);
  expect(firewallFor(place.cloud, loadBalancerArn)!.bodyLimitBytes).toBe(8192);
  expect(inspect(place.cloud)).toEqual({ action: "ALLOW", insertHeaders: [["x-amzn-waf-seen", "yes"]] });
  expect(inspect(place.cloud, sqlInjection)).toMatchObject({ action: "BLOCK", status: 403, headers: [["content-type", "text/html"]] });
  const json = (value: unknown) => ({ method: "POST", body: Buffer.from(JSON.stringify(value)) });
  expect(inspect(place.cloud, json({ name: "O'Brien", q: "select a color" })).action).toBe("ALLOW");
  expect(inspect(place.cloud, json({ name: "x' union select password from users--" })).action).toBe("BLOCK");
  expect(inspect(place.cloud, { path: "/<script>alert(1)</script>" }).action).toBe("BLOCK");
  for (let count = 5; count < 10; count++) inspect(place.cloud);
  expect(inspect(place.cloud)).toEqual({
    action: "BLOCK",
    status: 429,
    headers: [
      ["content-type", "application/json"],
      ["retry-after", "60"],
    ],
    body: '{"slow":true}',
  });
  expect(inspect(place.cloud, { sourceIp: "127.0.0.2" }).action).toBe("ALLOW");
  const { WebACLs } = await place.call("wafv2", "ListWebACLs", { Scope: "REGIONAL" });
  const keys = await place.call("wafv2", "GetRateBasedStatementManagedKeys", {
    Scope: "REGIONAL",
    WebACLName: "web",
    WebACLId: WebACLs![0]!.Id!,
    RuleName: "rate",
  });
  expect(keys.ManagedKeysIPV4!.Addresses).toEqual(["127.0.0.1/32"]);
  await place.world.clock.advance(70_000);
  expect(inspect(place.cloud).action).toBe("ALLOW");
});

test("samples, metrics and logs say what happened", async () => {
  await place.call("logs", "CreateLogGroup", { logGroupName: "aws-waf-logs-web" });
  const { ARN } = await create([managed("AWSManagedRulesSQLiRuleSet", 2)]);
  const { logGroups } = await place.call("logs", "DescribeLogGroups", {});
  await place.call("wafv2", "PutLoggingConfiguration", {
    LoggingConfiguration: {
      ResourceArn: ARN!,
      LogDestinationConfigs: [logGroups![0]!.arn!],
      RedactedFields: [{ SingleHeader: { Name: "authorization" } }],
    },
  });
  const startMs = place.world.clock.nowMs();
  inspect(place.cloud, {
    headers: [
      ["Host", "a"],
      ["Authorization", "Bearer secret"],
    ],
  });
  inspect(place.cloud, sqlInjection);

  const TimeWindow = { StartTime: new Date(startMs - 60_000), EndTime: new Date(startMs + 60_000) };
  const sampled = await place.call("wafv2", "GetSampledRequests", {
    WebAclArn: ARN!,
    RuleMetricName: "AWSManagedRulesSQLiRuleSet",
    Scope: "REGIONAL",
    TimeWindow,
    MaxItems: 10,
  });
  expect(sampled).toMatchObject({
    PopulationSize: 1,
    SampledRequests: [
      {
        Action: "BLOCK",
        RuleNameWithinRuleGroup: "SQLi_QUERYARGUMENTS",
        ResponseCodeSent: 403,
        Request: { URI: "/?id=1%27%20or%20%271%27=%271", ClientIP: "127.0.0.1" },
        Labels: [{ Name: "awswaf:managed:aws:sql-database:SQLi_QueryArguments" }],
      },
    ],
  });

  await place.world.clock.advance(2_000);
  const events = async () => (await place.call("logs", "FilterLogEvents", { logGroupName: "aws-waf-logs-web" })).events!;
  await expect.poll(events).toHaveLength(2);
  const [allowed, blocked] = (await events()).map(({ message }) => JSON.parse(message!) as Record<string, unknown>);
  expect(allowed).toMatchObject({
    action: "ALLOW",
    terminatingRuleId: "Default_Action",
    webaclId: ARN,
    httpSourceId: "123456789012-app/web/0123456789abcdef",
  });
  expect(JSON.stringify(allowed)).not.toContain("secret");
  expect(blocked).toMatchObject({
    action: "BLOCK",
    terminatingRuleId: "AWSManagedRulesSQLiRuleSet",
    terminatingRuleType: "MANAGED_RULE_GROUP",
    terminatingRuleMatchDetails: [{ conditionType: "SQL_INJECTION", sensitivityLevel: "LOW", location: "ALL_QUERY_ARGS" }],
    ruleGroupList: [{ ruleGroupId: "AWS#AWSManagedRulesSQLiRuleSet", terminatingRule: { ruleId: "SQLi_QUERYARGUMENTS", action: "BLOCK" } }],
    httpRequest: { uri: "/", args: "id=1%27%20or%20%271%27=%271", httpMethod: "GET" },
  });

  await place.world.clock.advance(60_000);
  const sum = async (MetricName: string, Rule: string) => {
    const { Datapoints } = await place.call("cloudwatch", "GetMetricStatistics", {
      Namespace: "AWS/WAFV2",
      MetricName,
      Dimensions: [
        { Name: "Region", Value: "eu-central-1" },
        { Name: "Rule", Value: Rule },
        { Name: "WebACL", Value: "web" },
      ],
      StartTime: new Date(startMs - 60_000),
      EndTime: new Date(startMs + 180_000),
      Period: 60,
      Statistics: ["Sum"],
    });
    return Datapoints!.reduce((total, point) => total + point.Sum!, 0);
  };
  await expect.poll(() => sum("BlockedRequests", "ALL")).toBe(1);
  expect(await sum("AllowedRequests", "ALL")).toBe(1);
  expect(await sum("BlockedRequests", "AWSManagedRulesSQLiRuleSet")).toBe(1);
  expect(await sum("PassedRequests", "AWSManagedRulesSQLiRuleSet")).toBe(1);
});

test("a change of a set reaches the firewall at once, and so does taking it away", async () => {
  const { Summary: set } = await place.call("wafv2", "CreateIPSet", {
    Name: "bad",
    Scope: "REGIONAL",
    IPAddressVersion: "IPV4",
    Addresses: [],
  });
  const acl = await create([
    {
      Name: "bad",
      Priority: 0,
      Statement: { IPSetReferenceStatement: { ARN: set!.ARN! } },
      Action: { Block: {} },
      VisibilityConfig: visibility("bad"),
    },
  ]);
  expect(inspect(place.cloud).action).toBe("ALLOW");
  await place.call("wafv2", "UpdateIPSet", {
    Name: "bad",
    Scope: "REGIONAL",
    Id: set!.Id!,
    LockToken: set!.LockToken!,
    Addresses: ["127.0.0.0/8"],
  });
  expect(inspect(place.cloud).action).toBe("BLOCK");
  expect((await place.call("wafv2", "GetWebACLForResource", { ResourceArn: loadBalancerArn })).WebACL!.ARN).toBe(acl.ARN);
  expect((await place.call("wafv2", "ListResourcesForWebACL", { WebACLArn: acl.ARN! })).ResourceArns).toEqual([loadBalancerArn]);
  const remove = () => place.call("wafv2", "DeleteWebACL", { Name: "web", Scope: "REGIONAL", Id: acl.Id!, LockToken: acl.LockToken! });
  await expect(remove()).rejects.toMatchObject({ code: "WAFAssociatedItemException" });
  await place.call("wafv2", "DisassociateWebACL", { ResourceArn: loadBalancerArn });
  expect(firewallFor(place.cloud, loadBalancerArn)).toBeUndefined();
  await remove();
});

test("an association survives a restart, and ends with its load balancer", async () => {
  const acl = await create([managed("AWSManagedRulesSQLiRuleSet", 0)]);
  const again = assembleCloud({
    world: place.world,
    store: openStore(place.folder, { outlivesPowerCut: false }),
    endpoint: () => "http://127.0.0.1:1",
  });
  await again.start();
  expect(inspect(again, sqlInjection).action).toBe("BLOCK");
  await again.stop();
  again.store.close();
  standing = [];
  expect((await place.call("wafv2", "ListResourcesForWebACL", { WebACLArn: acl.ARN! })).ResourceArns).toEqual([]);
  expect(firewallFor(place.cloud, loadBalancerArn)).toBeUndefined();
});

test("what is no load balancer has no web ACL", async () => {
  const acl = await create([]);
  const associate = (ResourceArn: string) => place.call("wafv2", "AssociateWebACL", { WebACLArn: acl.ARN!, ResourceArn });
  await expect(associate("arn:aws:apigateway:eu-central-1::/restapis/a/stages/b")).rejects.toMatchObject({
    code: "WAFNonexistentItemException",
  });
  await expect(associate(`${loadBalancerArn}0`)).rejects.toMatchObject({ code: "WAFNonexistentItemException" });
  await expect(associate("unknownarnwithminlength20")).rejects.toMatchObject({ code: "WAFInvalidParameterException" });
});
