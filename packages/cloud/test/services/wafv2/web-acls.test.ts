/** Web ACLs, sets and groups through the official client: their life, their locks, what they may not be. */
import {
  CheckCapacityCommand,
  CreateIPSetCommand,
  CreateRegexPatternSetCommand,
  CreateRuleGroupCommand,
  CreateWebACLCommand,
  DeleteIPSetCommand,
  DeleteWebACLCommand,
  DescribeManagedRuleGroupCommand,
  GetIPSetCommand,
  GetRuleGroupCommand,
  GetWebACLCommand,
  ListAvailableManagedRuleGroupsCommand,
  ListTagsForResourceCommand,
  ListWebACLsCommand,
  PutPermissionPolicyCommand,
  type Rule,
  type Statement,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateIPSetCommand,
  UpdateWebACLCommand,
  WAFV2Client,
} from "@aws-sdk/client-wafv2";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../../server.ts";

let server: TestServer;
let client: WAFV2Client;
beforeEach(async () => {
  server = await startTestServer({ accountReset: true });
  client = new WAFV2Client(server.client);
});
afterEach(async () => {
  client.destroy();
  await server[Symbol.asyncDispose]();
});

const visibility = (MetricName: string) => ({ MetricName, CloudWatchMetricsEnabled: true, SampledRequestsEnabled: true });
const acl = (Name: string, Rules: Rule[] = []) => ({
  Name,
  Scope: "REGIONAL" as const,
  DefaultAction: { Allow: {} },
  VisibilityConfig: visibility(Name),
  Rules,
});
const rule = (Name: string, Priority: number, Statement: Statement): Rule => ({
  Name,
  Priority,
  Statement,
  Action: { Block: {} },
  VisibilityConfig: visibility(Name),
});
const contains = (text: string): Statement => ({
  ByteMatchStatement: {
    SearchString: Buffer.from(text),
    PositionalConstraint: "CONTAINS",
    FieldToMatch: { UriPath: {} },
    TextTransformations: [{ Priority: 0, Type: "LOWERCASE" }],
  },
});

describe("a web ACL", () => {
  test("is made, read with its search strings as bytes, changed under its lock, listed and deleted", async () => {
    const { Summary } = await client.send(
      new CreateWebACLCommand({ ...acl("web", [rule("admin", 1, contains("/admin"))]), Tags: [{ Key: "a", Value: "1" }] }),
    );
    expect(Summary!.ARN).toBe(`arn:aws:wafv2:eu-central-1:123456789012:regional/webacl/web/${Summary!.Id}`);
    const place = { Name: "web", Scope: "REGIONAL" as const, Id: Summary!.Id! };
    const { WebACL, LockToken } = await client.send(new GetWebACLCommand(place));
    expect(LockToken).toBe(Summary!.LockToken);
    expect(WebACL).toMatchObject({
      Name: "web",
      Capacity: 20,
      LabelNamespace: "awswaf:123456789012:webacl:web:",
      DefaultAction: { Allow: {} },
    });
    expect(Buffer.from(WebACL!.Rules![0]!.Statement!.ByteMatchStatement!.SearchString!).toString()).toBe("/admin");

    await expect(client.send(new CreateWebACLCommand(acl("web")))).rejects.toMatchObject({
      name: "WAFDuplicateItemException",
      message: "AWS WAF couldn’t perform the operation because some resource in your request is a duplicate of an existing one.",
    });
    const { Name: _, ...contents } = acl("web");
    const update = { ...contents, ...place, DefaultAction: { Block: { CustomResponse: { ResponseCode: 412 } } }, Description: "new one" };
    const { NextLockToken } = await client.send(new UpdateWebACLCommand({ ...update, LockToken: LockToken! }));
    await expect(client.send(new UpdateWebACLCommand({ ...update, LockToken: LockToken! }))).rejects.toMatchObject({
      name: "WAFOptimisticLockException",
    });
    const after = await client.send(new GetWebACLCommand(place));
    expect(after).toMatchObject({ LockToken: NextLockToken, WebACL: { Description: "new one", Rules: [], Capacity: 0 } });

    await client.send(new CreateWebACLCommand(acl("another")));
    const first = await client.send(new ListWebACLsCommand({ Scope: "REGIONAL", Limit: 1 }));
    expect(first.WebACLs!.map(({ Name }) => Name)).toEqual(["another"]);
    const second = await client.send(new ListWebACLsCommand({ Scope: "REGIONAL", NextMarker: first.NextMarker }));
    expect(second.WebACLs!.map(({ Name }) => Name)).toEqual(["web"]);
    await client.send(new DeleteWebACLCommand({ ...place, LockToken: NextLockToken! }));
    await expect(client.send(new GetWebACLCommand(place))).rejects.toMatchObject({
      name: "WAFNonexistentItemException",
      message: "AWS WAF couldn’t perform the operation because your resource doesn’t exist.",
    });
    expect(server.reported).toEqual([]);
  });

  test.each<[string, Rule[], string]>([
    [
      "two statements",
      [rule("a", 1, { ...contains("x"), GeoMatchStatement: { CountryCodes: ["US"] } })],
      "Error reason: You have used none or multiple values for a field that requires exactly one value., field: STATEMENT, parameter: Statement",
    ],
    [
      "no action",
      [{ ...rule("a", 1, contains("x")), Action: undefined }],
      "Error reason: You have used none or multiple values for a field that requires exactly one value., field: RULE, parameter: Rule",
    ],
    [
      "a managed group with an action",
      [rule("a", 1, { ManagedRuleGroupStatement: { VendorName: "AWS", Name: "AWSManagedRulesSQLiRuleSet" } })],
      "Error reason: A reference in your rule statement is not valid., field: RULE, parameter: Statement",
    ],
    [
      "an or of one",
      [rule("a", 1, { OrStatement: { Statements: [contains("x")] } })],
      "Error reason: You haven't met a minimum requirement for a threshold setting. Examples include a rule group capacity setting that's too low and an OR statement with only one nested statement., field: OR_STATEMENT, parameter: OrStatement",
    ],
  ])("with %s is not taken", async (_, rules, message) => {
    await expect(client.send(new CreateWebACLCommand(acl("web", rules)))).rejects.toMatchObject({
      name: "WAFInvalidParameterException",
      message,
    });
  });

  test("with what has no effect here is refused by name", async () => {
    const captcha = { ...rule("a", 1, contains("x")), Action: { Captcha: {} } };
    await expect(client.send(new CreateWebACLCommand(acl("web", [captcha])))).rejects.toMatchObject({
      name: "NotImplemented",
      message: expect.stringContaining("Captcha"),
    });
    const bots = {
      ...rule("a", 1, { ManagedRuleGroupStatement: { VendorName: "AWS", Name: "AWSManagedRulesBotControlRuleSet" } }),
      Action: undefined,
      OverrideAction: { None: {} },
    };
    await expect(client.send(new CreateWebACLCommand(acl("web", [bots])))).rejects.toMatchObject({
      name: "NotImplemented",
      message: expect.stringContaining("AWSManagedRulesBotControlRuleSet"),
    });
  });

  test("for CloudFront lies in us-east-1 alone", async () => {
    const input = { ...acl("edge"), Scope: "CLOUDFRONT" as const };
    await expect(client.send(new CreateWebACLCommand(input))).rejects.toMatchObject({
      name: "WAFInvalidParameterException",
      message: "Error reason: The scope is not valid., field: SCOPE_VALUE, parameter: CLOUDFRONT",
    });
    const global = new WAFV2Client({ ...server.client, region: "us-east-1" });
    const { Summary } = await global.send(new CreateWebACLCommand(input));
    global.destroy();
    expect(Summary!.ARN).toBe(`arn:aws:wafv2:us-east-1:123456789012:global/webacl/edge/${Summary!.Id}`);
  });

  test("costs what AWS's guide says", async () => {
    const both = [rule("a", 1, contains("x")), rule("b", 2, contains("y"))];
    // 10 for each, and 10 once for the transformation of the field.
    expect(await client.send(new CheckCapacityCommand({ Scope: "REGIONAL", Rules: both }))).toMatchObject({ Capacity: 30 });
    const rate = rule("c", 3, { RateBasedStatement: { Limit: 100, AggregateKeyType: "IP" } });
    expect(await client.send(new CheckCapacityCommand({ Scope: "REGIONAL", Rules: [rate] }))).toMatchObject({ Capacity: 2 });
    const group = (index: number): Rule => ({
      ...rule(`g${index}`, index, { ManagedRuleGroupStatement: { VendorName: "AWS", Name: "AWSManagedRulesCommonRuleSet" } }),
      Action: undefined,
      OverrideAction: { None: {} },
    });
    expect(await client.send(new CheckCapacityCommand({ Scope: "REGIONAL", Rules: [group(1)] }))).toMatchObject({ Capacity: 700 });
    const eight = Array.from({ length: 8 }, (_, index) => group(index));
    await expect(client.send(new CheckCapacityCommand({ Scope: "REGIONAL", Rules: eight }))).rejects.toMatchObject({
      name: "WAFLimitsExceededException",
    });
  });
});

describe("sets and groups", () => {
  test("an IP set is not deleted while a rule names it", async () => {
    const { Summary } = await client.send(
      new CreateIPSetCommand({ Name: "office", Scope: "REGIONAL", IPAddressVersion: "IPV4", Addresses: ["192.0.2.0/24"] }),
    );
    const place = { Name: "office", Scope: "REGIONAL" as const, Id: Summary!.Id! };
    await expect(
      client.send(new UpdateIPSetCommand({ ...place, Addresses: ["192.0.2.1"], LockToken: Summary!.LockToken! })),
    ).rejects.toMatchObject({ name: "WAFInvalidParameterException" });
    const { NextLockToken } = await client.send(
      new UpdateIPSetCommand({ ...place, Addresses: ["10.0.0.0/8", "192.0.2.1/32"], LockToken: Summary!.LockToken! }),
    );
    expect((await client.send(new GetIPSetCommand(place))).IPSet!.Addresses).toEqual(["10.0.0.0/8", "192.0.2.1/32"]);
    await client.send(new CreateWebACLCommand(acl("web", [rule("office", 1, { IPSetReferenceStatement: { ARN: Summary!.ARN! } })])));
    await expect(client.send(new DeleteIPSetCommand({ ...place, LockToken: NextLockToken! }))).rejects.toMatchObject({
      name: "WAFAssociatedItemException",
    });
  });

  test("a pattern that would look back, or is none, is not taken", async () => {
    const patterns = (RegexString: string) =>
      client.send(new CreateRegexPatternSetCommand({ Name: "p", Scope: "REGIONAL", RegularExpressionList: [{ RegexString }] }));
    await expect(patterns("(a)\\1")).rejects.toMatchObject({
      name: "WAFInvalidParameterException",
      message: expect.stringContaining("back references are not supported"),
    });
    await expect(patterns("(a")).rejects.toMatchObject({ name: "WAFInvalidParameterException" });
    await patterns("^/v[0-9]+/");
  });

  test("a rule group says its labels, and keeps within its capacity", async () => {
    const labelled = { ...rule("a", 0, { LabelMatchStatement: { Scope: "LABEL" as const, Key: "seen" } }), RuleLabels: [{ Name: "mine" }] };
    const input = { Name: "g", Scope: "REGIONAL" as const, Capacity: 1, VisibilityConfig: visibility("g"), Rules: [labelled] };
    const { Summary } = await client.send(new CreateRuleGroupCommand(input));
    const { RuleGroup } = await client.send(new GetRuleGroupCommand({ ARN: Summary!.ARN! }));
    expect(RuleGroup).toMatchObject({
      LabelNamespace: "awswaf:123456789012:rulegroup:g:",
      AvailableLabels: [{ Name: "awswaf:123456789012:rulegroup:g:mine" }],
      ConsumedLabels: [{ Name: "awswaf:123456789012:rulegroup:g:seen" }],
    });
    await expect(
      client.send(new CreateRuleGroupCommand({ ...input, Name: "h", Rules: [rule("b", 1, contains("x"))] })),
    ).rejects.toMatchObject({ name: "WAFLimitsExceededException" });
    await expect(client.send(new PutPermissionPolicyCommand({ ResourceArn: Summary!.ARN!, Policy: "{}" }))).rejects.toMatchObject({
      name: "WAFInvalidPermissionPolicyException",
    });
  });

  test("managed groups are listed and described", async () => {
    const { ManagedRuleGroups } = await client.send(new ListAvailableManagedRuleGroupsCommand({ Scope: "REGIONAL" }));
    expect(ManagedRuleGroups!.map(({ Name }) => Name)).toContain("AWSManagedRulesKnownBadInputsRuleSet");
    const group = await client.send(
      new DescribeManagedRuleGroupCommand({ VendorName: "AWS", Name: "AWSManagedRulesSQLiRuleSet", Scope: "REGIONAL" }),
    );
    expect(group).toMatchObject({ Capacity: 200, LabelNamespace: "awswaf:managed:aws:sql-database:" });
    expect(group.Rules!.map(({ Name }) => Name)).toContain("SQLi_QUERYARGUMENTS");
    expect(group.AvailableLabels).toContainEqual({ Name: "awswaf:managed:aws:sql-database:SQLi_QueryArguments" });
  });

  test("tags come and go, and a reset takes all", async () => {
    const { Summary } = await client.send(new CreateWebACLCommand({ ...acl("web"), Tags: [{ Key: "k1", Value: "v1" }] }));
    const ResourceARN = Summary!.ARN!;
    await client.send(new TagResourceCommand({ ResourceARN, Tags: [{ Key: "k2", Value: "v2" }] }));
    await client.send(new UntagResourceCommand({ ResourceARN, TagKeys: ["k1"] }));
    const { TagInfoForResource } = await client.send(new ListTagsForResourceCommand({ ResourceARN }));
    expect(TagInfoForResource!.TagList).toEqual([{ Key: "k2", Value: "v2" }]);
    expect((await fetch(`${server.endpoint}/moto-api/reset`, { method: "POST" })).ok).toBe(true);
    expect((await client.send(new ListWebACLsCommand({ Scope: "REGIONAL" }))).WebACLs).toEqual([]);
  });
});
