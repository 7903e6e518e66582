/** The evaluation of web ACLs: against a naive evaluator on random rules, and AWS's rules on labels, groups, fields and clients. */
import type { FieldToMatch, Rule, Statement } from "@aws-sdk/client-wafv2";
import { describe, expect, test } from "vitest";
import { type AclDefinition, compileAcl, type GroupDefinition, type References } from "../../../src/runtime/firewall/acl.ts";
import type { InspectedRequest } from "../../../src/runtime/firewall/firewall.ts";
import { managedGroupNamed, managedGroups } from "../../../src/runtime/firewall/managed/managed-groups.ts";
import { type RateCounter, rateCounter } from "../../../src/runtime/firewall/rates.ts";

const visibility = (MetricName: string) => ({ MetricName, CloudWatchMetricsEnabled: true, SampledRequestsEnabled: true });
const rule = (Name: string, Priority: number, Statement: Statement, more: Partial<Rule> = {}): Rule => ({
  Name,
  Priority,
  Statement,
  Action: { Block: {} },
  VisibilityConfig: visibility(Name),
  ...more,
});
const none = [{ Priority: 0, Type: "NONE" as const }];
const bytes = (
  FieldToMatch: FieldToMatch,
  text: string,
  PositionalConstraint: "EXACTLY" | "STARTS_WITH" | "ENDS_WITH" | "CONTAINS" | "CONTAINS_WORD" = "CONTAINS",
): Statement => ({
  ByteMatchStatement: { SearchString: Buffer.from(text), PositionalConstraint, FieldToMatch, TextTransformations: none },
});
const path: FieldToMatch = { UriPath: {} };

function acl(rules: Rule[], references: Partial<References> = {}, more: Partial<AclDefinition> = {}) {
  const counters = new Map<string, RateCounter>();
  return compileAcl(
    { labelPrefix: "awswaf:1:webacl:web:", defaultAction: { Allow: {} }, rules, visibility: visibility("web"), ...more },
    {
      ipSet: () => [],
      regexPatternSet: () => [],
      ruleGroup: () => undefined,
      managedRuleGroup: (vendor, name) => {
        const group = managedGroupNamed(vendor, name);
        return group && { id: `${vendor}#${name}`, managed: true, labelPrefix: group.labelNamespace, rules: group.rules };
      },
      rateCounter: (name, statement) => {
        const counter = counters.get(name) ?? rateCounter(statement);
        counters.set(name, counter);
        return counter;
      },
      ...references,
    },
  );
}

const request = (changes: Partial<InspectedRequest> = {}): InspectedRequest => ({
  method: "GET",
  path: "/",
  query: "",
  httpVersion: "HTTP/1.1",
  headers: [
    ["Host", "app.example.com"],
    ["User-Agent", "curl/8"],
  ],
  sourceIp: "192.0.2.1",
  body: new Uint8Array(),
  bodyCut: false,
  ...changes,
});
const matches = (statement: Statement, changes: Partial<InspectedRequest> = {}, references: Partial<References> = {}) =>
  acl([rule("r", 0, statement)], references).evaluate(request(changes), 0).action === "BLOCK";

test("random rules are decided as a naive evaluator decides them", () => {
  let state = 3;
  const draw = (limit: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  const statement = (depth: number): Statement => {
    const kind = draw(depth > 3 ? 3 : 6);
    if (kind === 0) return bytes(path, "abcd"[draw(4)]!);
    if (kind === 1) return { LabelMatchStatement: { Scope: "LABEL", Key: `l${draw(4)}` } };
    if (kind === 2)
      return {
        SizeConstraintStatement: {
          ComparisonOperator: draw(2) === 0 ? "GT" : "LE",
          Size: draw(5),
          FieldToMatch: path,
          TextTransformations: none,
        },
      };
    if (kind === 3) return { NotStatement: { Statement: statement(depth + 1) } };
    const Statements = Array.from({ length: 2 + draw(2) }, () => statement(depth + 1));
    return kind === 4 ? { AndStatement: { Statements } } : { OrStatement: { Statements } };
  };
  const naive = (rules: Rule[], text: string): string => {
    const labels = new Set<string>();
    const holds = (each: Statement): boolean => {
      if (each.AndStatement) return each.AndStatement.Statements!.every(holds);
      if (each.OrStatement) return each.OrStatement.Statements!.some(holds);
      if (each.NotStatement) return !holds(each.NotStatement.Statement!);
      if (each.LabelMatchStatement) return labels.has(each.LabelMatchStatement.Key!);
      if (each.ByteMatchStatement) return text.includes(Buffer.from(each.ByteMatchStatement.SearchString!).toString());
      const { ComparisonOperator, Size } = each.SizeConstraintStatement!;
      return ComparisonOperator === "GT" ? text.length > Size! : text.length <= Size!;
    };
    for (const each of rules.toSorted((a, b) => a.Priority! - b.Priority!)) {
      if (!holds(each.Statement!)) continue;
      for (const { Name } of each.RuleLabels ?? []) labels.add(Name!);
      if (each.Action!.Block) return `BLOCK ${each.Name!}`;
      if (each.Action!.Allow) return `ALLOW ${each.Name!}`;
    }
    return "ALLOW Default_Action";
  };
  const actions = [{ Block: {} }, { Allow: {} }, { Count: {} }, { Count: {} }];
  for (let round = 0; round < 300; round++) {
    const priorities = Array.from({ length: 1 + draw(6) }, (_, index) => index).toSorted(() => draw(3) - 1);
    const rules = priorities.map((priority, index) =>
      rule(`r${index}`, priority, statement(0), { Action: actions[draw(4)]!, RuleLabels: draw(2) === 0 ? [{ Name: `l${draw(4)}` }] : [] }),
    );
    const compiled = acl(rules);
    for (let each = 0; each < 10; each++) {
      const text = Array.from({ length: draw(6) }, () => "abcd"[draw(4)]!).join("");
      const outcome = compiled.evaluate(request({ path: text }), 0);
      expect(`${outcome.action} ${outcome.terminatingRuleId}`).toBe(naive(rules, text));
    }
  }
});

describe("fields", () => {
  const body = (text: string) => ({ method: "POST", body: Buffer.from(text) });
  test.each<[string, FieldToMatch, Partial<InspectedRequest>, boolean]>([
    ["a header by name", { SingleHeader: { Name: "x-a" } }, { headers: [["X-A", "needle"]] }, true],
    ["the query", { QueryString: {} }, { query: "a=needle" }, true],
    ["an argument by name", { SingleQueryArgument: { Name: "A" } }, { query: "b=x&a=needle" }, true],
    ["another argument", { SingleQueryArgument: { Name: "b" } }, { query: "b=x&a=needle" }, false],
    ["all arguments", { AllQueryArguments: {} }, { query: "b=x&a=needle" }, true],
    ["the body", { Body: {} }, body("a needle"), true],
    [
      "a cookie",
      { Cookies: { MatchPattern: { IncludedCookies: ["a"] }, MatchScope: "VALUE", OversizeHandling: "CONTINUE" } },
      { headers: [["Cookie", "b=1; a=needle"]] },
      true,
    ],
    [
      "an excluded cookie",
      { Cookies: { MatchPattern: { ExcludedCookies: ["a"] }, MatchScope: "ALL", OversizeHandling: "CONTINUE" } },
      { headers: [["Cookie", "b=1; a=needle"]] },
      false,
    ],
    [
      "names of headers",
      { Headers: { MatchPattern: { All: {} }, MatchScope: "KEY", OversizeHandling: "CONTINUE" } },
      { headers: [["needle", "1"]] },
      true,
    ],
    [
      "the order of headers",
      { HeaderOrder: { OversizeHandling: "CONTINUE" } },
      {
        headers: [
          ["a", "1"],
          ["needle", "2"],
        ],
      },
      true,
    ],
    [
      "JSON below a path",
      { JsonBody: { MatchPattern: { IncludedPaths: ["/a/0"] }, MatchScope: "VALUE" } },
      body('{"a":[{"b":"needle"}]}'),
      true,
    ],
    ["JSON elsewhere", { JsonBody: { MatchPattern: { IncludedPaths: ["/b"] }, MatchScope: "ALL" } }, body('{"a":"needle"}'), false],
    ["JSON keys", { JsonBody: { MatchPattern: { All: {} }, MatchScope: "KEY" } }, body('{"needle":1}'), true],
    ["JSON with escapes", { JsonBody: { MatchPattern: { All: {} }, MatchScope: "VALUE" } }, body('{"a":"n\\u0065edle"}'), true],
    ["what is no JSON, up to there", { JsonBody: { MatchPattern: { All: {} }, MatchScope: "VALUE" } }, body('{"a":"needle", oops'), true],
    [
      "what is no JSON, as text",
      { JsonBody: { MatchPattern: { All: {} }, MatchScope: "VALUE", InvalidFallbackBehavior: "EVALUATE_AS_STRING" } },
      body("a needle"),
      true,
    ],
    [
      "what is no JSON, as a match",
      { JsonBody: { MatchPattern: { All: {} }, MatchScope: "VALUE", InvalidFallbackBehavior: "MATCH" } },
      body("oops"),
      true,
    ],
    ["an oversize body as a match", { Body: { OversizeHandling: "MATCH" } }, { ...body("x"), bodyCut: true }, true],
    ["an oversize body as none", { Body: { OversizeHandling: "NO_MATCH" } }, { ...body("needle"), bodyCut: true }, false],
    ["an oversize body as far as it goes", { Body: { OversizeHandling: "CONTINUE" } }, { ...body("needle"), bodyCut: true }, true],
  ])("%s", (_, field, changes, found) => expect(matches(bytes(field, "needle"), changes)).toBe(found));

  test.each([
    ["EXACTLY", "/a", true],
    ["EXACTLY", "/ab", false],
    ["STARTS_WITH", "/ab", true],
    ["ENDS_WITH", "b/a", true],
    ["CONTAINS_WORD", "x /a y", true],
    ["CONTAINS_WORD", "x/ab", false],
  ] as const)("%s in %s", (position, text, found) => expect(matches(bytes(path, "/a", position), { path: text })).toBe(found));

  test("bodies need not be read when no rule looks at them", () => {
    expect(acl([rule("r", 0, bytes(path, "x"))]).bodyLimitBytes).toBe(0);
    expect(acl([rule("r", 0, bytes({ Body: {} }, "x"))]).bodyLimitBytes).toBe(8192);
  });
});

describe("clients", () => {
  const set = (IPSetForwardedIPConfig?: {
    HeaderName: string;
    FallbackBehavior: "MATCH" | "NO_MATCH";
    Position: "FIRST" | "LAST" | "ANY";
  }): Statement => ({
    IPSetReferenceStatement: { ARN: "set", ...(IPSetForwardedIPConfig && { IPSetForwardedIPConfig }) },
  });
  const references = { ipSet: () => ["192.0.2.0/24", "2001:db8::/32", "203.0.113.7/32"] };
  const via = (value: string): Partial<InspectedRequest> => ({ sourceIp: "127.0.0.1", headers: [["X-Forwarded-For", value]] });
  const forwarded = (Position: "FIRST" | "LAST" | "ANY", FallbackBehavior: "MATCH" | "NO_MATCH" = "NO_MATCH") =>
    set({ HeaderName: "x-forwarded-for", FallbackBehavior, Position });
  test.each<[Statement, Partial<InspectedRequest>, boolean]>([
    [set(), { sourceIp: "192.0.2.200" }, true],
    [set(), { sourceIp: "192.0.3.1" }, false],
    [set(), { sourceIp: "::ffff:203.0.113.7" }, true],
    [set(), { sourceIp: "2001:db8:1::5" }, true],
    [set(), { sourceIp: "2001:db9::5" }, false],
    [forwarded("FIRST"), via("192.0.2.9, 10.0.0.1"), true],
    [forwarded("LAST"), via("192.0.2.9, 10.0.0.1"), false],
    [forwarded("ANY"), via("10.0.0.1, 192.0.2.9"), true],
    [forwarded("FIRST"), via("nonsense"), false],
    [forwarded("FIRST", "MATCH"), via("nonsense"), true],
    [forwarded("FIRST", "MATCH"), { headers: [] }, false],
  ])("%j for %j: %s", (statement, changes, found) => expect(matches(statement, changes, references)).toBe(found));
});

describe("rates", () => {
  const rate = (statement: Partial<NonNullable<Statement["RateBasedStatement"]>>): Rule =>
    rule("rate", 0, { RateBasedStatement: { Limit: 10, EvaluationWindowSec: 60, AggregateKeyType: "IP", ...statement } });
  const send = (compiled: ReturnType<typeof acl>, count: number, changes: Partial<InspectedRequest> = {}, nowMs = 0) =>
    Array.from({ length: count }, () => compiled.evaluate(request(changes), nowMs).action).filter((action) => action === "BLOCK").length;

  test("are by client, over the window", () => {
    const compiled = acl([rate({})]);
    expect(send(compiled, 12)).toBe(2);
    expect(send(compiled, 5, { sourceIp: "192.0.2.2" })).toBe(0);
    expect(send(compiled, 1, {}, 50_000)).toBe(1);
    expect(send(compiled, 1, {}, 130_000)).toBe(0);
  });
  test("count what the scope-down lets in alone", () => {
    const compiled = acl([rate({ AggregateKeyType: "CONSTANT", ScopeDownStatement: bytes(path, "/login") })]);
    expect(send(compiled, 20)).toBe(0);
    expect(send(compiled, 11, { path: "/login" })).toBe(1);
  });
  test("are by several keys together, and not for requests that lack one", () => {
    const keys = [{ Header: { Name: "x-user", TextTransformations: [{ Priority: 0, Type: "LOWERCASE" as const }] } }, { HTTPMethod: {} }];
    const compiled = acl([rate({ AggregateKeyType: "CUSTOM_KEYS", CustomKeys: keys })]);
    expect(send(compiled, 10, { headers: [["x-user", "A"]] })).toBe(0);
    expect(send(compiled, 1, { headers: [["x-user", "a"]] })).toBe(1);
    expect(send(compiled, 1, { headers: [["x-user", "a"]], method: "PUT" })).toBe(0);
    expect(send(compiled, 20)).toBe(0);
  });
});

describe("groups", () => {
  const group: GroupDefinition = {
    id: "arn:group",
    managed: false,
    labelPrefix: "awswaf:1:rulegroup:g:",
    rules: [
      rule("count", 0, bytes(path, "/"), { Action: { Count: {} }, RuleLabels: [{ Name: "ns:seen" }] }),
      rule("block", 1, bytes(path, "bad")),
    ],
  };
  const use = (more: Partial<Rule> = {}, statement: Partial<NonNullable<Statement["RuleGroupReferenceStatement"]>> = {}): Rule => {
    const { Action: _, ...rest } = rule("group", 0, { RuleGroupReferenceStatement: { ARN: "arn:group", ...statement } });
    return { ...rest, OverrideAction: { None: {} }, ...more };
  };
  const references = { ruleGroup: () => group };
  const bad = request({ path: "/bad" });

  test("decide, count, and label", () => {
    const outcome = acl([use()], references).evaluate(bad, 0);
    expect(outcome).toMatchObject({
      action: "BLOCK",
      terminatingRuleId: "group",
      terminatingRuleType: "GROUP",
      labels: ["awswaf:1:rulegroup:g:ns:seen"],
    });
    expect(outcome.groups).toMatchObject([
      { ruleGroupId: "arn:group", terminatingRule: { ruleId: "block" }, nonTerminating: [{ ruleId: "count" }] },
    ]);
  });
  test("count instead, as a whole or one rule", () => {
    expect(acl([use({ OverrideAction: { Count: {} } })], references).evaluate(bad, 0)).toMatchObject({
      action: "ALLOW",
      nonTerminating: [{ ruleId: "group" }],
    });
    const overridden = acl([use({}, { RuleActionOverrides: [{ Name: "block", ActionToUse: { Count: {} } }] })], references).evaluate(
      bad,
      0,
    );
    expect(overridden).toMatchObject({
      action: "ALLOW",
      groups: [{ nonTerminating: [{ ruleId: "count" }, { ruleId: "block", action: "COUNT", overriddenAction: "BLOCK" }] }],
    });
    const excluded = acl([use({}, { ExcludedRules: [{ Name: "block" }] })], references).evaluate(bad, 0);
    expect(excluded.action).toBe("ALLOW");
  });
  test.each([
    ["awswaf:1:rulegroup:g:ns:seen", "LABEL", "BLOCK"],
    ["awswaf:1:rulegroup:g:ns:", "NAMESPACE", "BLOCK"],
    ["ns:seen", "LABEL", "ALLOW"],
  ] as const)("%s is seen by later rules as a %s: %s", (Key, Scope, action) => {
    expect(acl([use(), rule("label", 1, { LabelMatchStatement: { Key, Scope } })], references).evaluate(request(), 0).action).toBe(action);
  });
});

describe("managed groups", () => {
  const verdict = (name: string, changes: Partial<InspectedRequest>) => {
    const { Action: _, ...rest } = rule(name, 0, { ManagedRuleGroupStatement: { VendorName: "AWS", Name: name } });
    const outcome = acl([{ ...rest, OverrideAction: { None: {} } }]).evaluate(request(changes), 0);
    return outcome.groups[0]!.terminatingRule?.ruleId;
  };
  const common = "AWSManagedRulesCommonRuleSet";
  const inputs = "AWSManagedRulesKnownBadInputsRuleSet";
  const body = (text: string) => ({ method: "POST", body: Buffer.from(text) });
  test.each<[string, Partial<InspectedRequest>, string | undefined]>([
    [common, {}, undefined],
    [common, { headers: [["Host", "a"]] }, "NoUserAgent_HEADER"],
    [common, { headers: [["User-Agent", "sqlmap/1.7"]] }, "UserAgent_BadBots_HEADER"],
    [common, { query: "a".repeat(2049) }, "SizeRestrictions_QUERYSTRING"],
    [common, { ...body("x"), bodyCut: true }, "SizeRestrictions_BODY"],
    [common, { path: `/${"a".repeat(1024)}` }, "SizeRestrictions_URIPATH"],
    [common, { query: "u=http://169.254.169.254/latest" }, "EC2MetaDataSSRF_QUERYARGUMENTS"],
    [common, { query: "f=..%2f..%2fetc%2fpasswd" }, "GenericLFI_QUERYARGUMENTS"],
    [common, { path: "/a/%2e%2e/b" }, "GenericLFI_URIPATH"],
    [common, { path: "/app.log" }, "RestrictedExtensions_URIPATH"],
    [common, { query: "u=http://203.0.113.5/x.txt" }, "GenericRFI_QUERYARGUMENTS"],
    [common, { query: "u=http://127.0.0.1:3000/back" }, undefined],
    [common, { query: "q=%3Cscript%3Ealert(1)%3C/script%3E" }, "CrossSiteScripting_QUERYARGUMENTS"],
    [common, body('{"a":"<img src=x onerror=alert(1)>"}'), "CrossSiteScripting_BODY"],
    [common, body('{"a":"It\'s <b>fine</b>"}'), undefined],
    [inputs, { method: "PROPFIND" }, "PROPFIND_METHOD"],
    [inputs, { headers: [["X-Api", "${jndi:ldap://x/a}"]] }, "Log4JRCE_HEADER"],
    [inputs, { query: "q=$%7b%24{lower:j}ndi:ldap://x}" }, "Log4JRCE_QUERYSTRING"],
    [inputs, body("rO0ABXNyABdqYXZh"), "JavaDeserializationRCE_BODY"],
    [inputs, { path: "/.git/config" }, "ExploitablePaths_URIPATH"],
    [inputs, { path: "/.env" }, "ExploitablePaths_URIPATH"],
    [inputs, { headers: [["Host", "localhost"]] }, "Host_localhost_HEADER"],
    [inputs, { headers: [["Host", "localhost:8080"]] }, undefined],
    ["AWSManagedRulesSQLiRuleSet", body("name=x%27+or+1%3D1--&b=2"), "SQLi_BODY"],
    ["AWSManagedRulesSQLiRuleSet", { headers: [["Cookie", "a=1; b=1' or '1'='1"]] }, "SQLi_COOKIE"],
    ["AWSManagedRulesAdminProtectionRuleSet", { path: "/phpmyadmin/" }, "AdminProtection_URIPATH"],
    ["AWSManagedRulesLinuxRuleSet", { query: "f=/etc/passwd" }, "LFI_QUERYSTRING"],
    ["AWSManagedRulesUnixRuleSet", { query: "c=;cat%20/x" }, "UNIXShellCommandsVariables_QUERYSTRING"],
    ["AWSManagedRulesAmazonIpReputationList", {}, undefined],
  ])("%s on %j: %s", (name, changes, found) => expect(verdict(name, changes)).toBe(found));

  test("have as many units as AWS says, and no two rules of one name", () => {
    expect(Object.fromEntries(managedGroups.map(({ name, capacity }) => [name, capacity]))).toMatchObject({
      [common]: 700,
      [inputs]: 200,
      AWSManagedRulesSQLiRuleSet: 200,
      AWSManagedRulesAmazonIpReputationList: 25,
    });
    for (const { rules } of managedGroups) expect(new Set(rules.map(({ Name }) => Name)).size).toBe(rules.length);
  });
});
