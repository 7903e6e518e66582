/** Policy evaluation: conditions, variables, principals, and the order of decisions. */
import { array, assert, constantFrom, property } from "fast-check";
import { describe, expect, test } from "vitest";
import { conditionHolds } from "../../src/identity/conditions.ts";
import { evaluate, type NamedPolicy } from "../../src/identity/evaluate.ts";
import { parsePolicy } from "../../src/identity/policy.ts";
import type { Principal } from "../../src/identity/principal.ts";
import { matchesWildcard } from "../../src/identity/wildcard.ts";

const keysOf = (keys: Record<string, string | string[]>) =>
  new Map(Object.entries(keys).map(([key, value]) => [key.toLowerCase(), [value].flat()] as const));

const holds = (Condition: object, keys: Record<string, string | string[]>) => {
  const policy = parsePolicy(
    JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*", Condition }] }),
  );
  return policy.statements[0]!.conditions.every((condition) => conditionHolds(condition, keysOf(keys), policy.variables));
};

describe("condition operators", () => {
  const cases: [condition: object, keys: Record<string, string | string[]>, holds: boolean][] = [
    [{ StringEquals: { "aws:username": "ann" } }, { "AWS:UserName": "ann" }, true],
    [{ StringEquals: { "aws:username": ["bob", "ann"] } }, { "aws:username": "ann" }, true],
    [{ StringEquals: { "aws:username": "Ann" } }, { "aws:username": "ann" }, false],
    [{ StringEqualsIgnoreCase: { "aws:username": "Ann" } }, { "aws:username": "ann" }, true],
    [{ StringEquals: { "aws:username": "ann" } }, {}, false],
    [{ StringEqualsIfExists: { "aws:username": "ann" } }, {}, true],
    [{ StringNotEquals: { "aws:username": ["ann", "bob"] } }, { "aws:username": "bob" }, false],
    [{ StringNotEquals: { "aws:username": "ann" } }, {}, true],
    [{ StringLike: { "s3:prefix": ["home/${aws:username}/*"] } }, { "s3:prefix": "home/ann/x", "aws:username": "ann" }, true],
    [{ StringLike: { "s3:prefix": ["home/${aws:username}/*"] } }, { "s3:prefix": "home/bob/x", "aws:username": "*" }, false],
    [{ StringLike: { "s3:prefix": "${aws:PrincipalTag/team, 'all'}/*" } }, { "s3:prefix": "all/x" }, true],
    [{ StringLike: { "s3:prefix": "a${*}b" } }, { "s3:prefix": "axb" }, false],
    [{ StringLike: { "s3:prefix": "a${*}b" } }, { "s3:prefix": "a*b" }, true],
    [{ NumericLessThanEquals: { "s3:max-keys": "10" } }, { "s3:max-keys": "10" }, true],
    [{ NumericGreaterThan: { "s3:max-keys": "10" } }, { "s3:max-keys": "9.5" }, false],
    [{ NumericEquals: { "s3:max-keys": "10" } }, { "s3:max-keys": "ten" }, false],
    [{ DateGreaterThan: { "aws:CurrentTime": "2026-01-01T00:00:00Z" } }, { "aws:CurrentTime": "2026-01-02T00:00:00Z" }, true],
    [{ DateLessThan: { "aws:EpochTime": "1767225600" } }, { "aws:EpochTime": "1767225599" }, true],
    [{ Bool: { "aws:SecureTransport": "false" } }, { "aws:SecureTransport": "true" }, false],
    [{ IpAddress: { "aws:SourceIp": ["10.0.0.0/8", "127.0.0.0/8"] } }, { "aws:SourceIp": "127.0.0.1" }, true],
    [{ NotIpAddress: { "aws:SourceIp": "127.0.0.0/8" } }, { "aws:SourceIp": "127.0.0.1" }, false],
    [{ IpAddress: { "aws:SourceIp": "2001:db8::/32" } }, { "aws:SourceIp": "2001:db8:1::1" }, true],
    [
      { ArnLike: { "aws:SourceArn": "arn:aws:sns:*:123456789012:*" } },
      { "aws:SourceArn": "arn:aws:sns:eu-central-1:123456789012:t" },
      true,
    ],
    [{ ArnLike: { "aws:SourceArn": "arn:aws:*:t" } }, { "aws:SourceArn": "arn:aws:sns:eu-central-1:123456789012:t" }, false],
    [{ ArnNotEquals: { "aws:SourceArn": "arn:aws:s3:::a" } }, { "aws:SourceArn": "arn:aws:s3:::a" }, false],
    [{ Null: { "aws:TagKeys": "true" } }, {}, true],
    [{ Null: { "aws:TagKeys": "false" } }, { "aws:TagKeys": ["a"] }, true],
    [{ "ForAllValues:StringEquals": { "aws:TagKeys": ["a", "b"] } }, { "aws:TagKeys": ["a", "b"] }, true],
    [{ "ForAllValues:StringEquals": { "aws:TagKeys": ["a", "b"] } }, { "aws:TagKeys": ["a", "c"] }, false],
    [{ "ForAllValues:StringEquals": { "aws:TagKeys": ["a"] } }, {}, true],
    [{ "ForAnyValue:StringEquals": { "aws:TagKeys": ["a"] } }, { "aws:TagKeys": ["c", "a"] }, true],
    [{ "ForAnyValue:StringEquals": { "aws:TagKeys": ["a"] } }, {}, false],
    [{ "ForAnyValue:StringNotEquals": { "aws:TagKeys": ["a"] } }, { "aws:TagKeys": ["a", "b"] }, true],
    [{ BinaryEquals: { key: "QmluYXJ5" } }, { key: "QmluYXJ5" }, true],
  ];
  test.each(cases)("%j in view of %j: %s", (condition, keys, expected) => expect(holds(condition, keys)).toBe(expected));
});

describe("decisions", () => {
  const user: Principal = {
    kind: "user",
    account: "123456789012",
    arn: "arn:aws:iam::123456789012:user/ann",
    userId: "AIDA1",
    userName: "ann",
  };
  const named = (type: NamedPolicy["type"], ...Statement: object[]): NamedPolicy => ({
    name: type,
    type,
    policy: parsePolicy(JSON.stringify({ Version: "2012-10-17", Statement })),
  });
  const allow = (more: object = {}) => ({ Effect: "Allow", Action: "s3:Get*", Resource: "arn:aws:s3:::b/*", ...more });
  const asked = { action: "s3:GetObject", resource: "arn:aws:s3:::b/k", keys: keysOf({ "aws:username": "ann" }) };

  test("actions are compared without regard to case, resources with", () => {
    expect(evaluate({ identity: [named("identity", allow({ Action: "S3:getobject" }))] }, asked).outcome).toBe("allowed");
    expect(evaluate({ identity: [named("identity", allow({ Resource: "arn:aws:s3:::B/*" }))] }, asked).outcome).toBe("implicitDeny");
  });

  test("NotAction and NotResource speak of everything else", () => {
    expect(evaluate({ identity: [named("identity", { Effect: "Allow", NotAction: "iam:*", Resource: "*" })] }, asked).outcome).toBe(
      "allowed",
    );
    expect(evaluate({ identity: [named("identity", { Effect: "Allow", NotAction: "s3:*", Resource: "*" })] }, asked).outcome).toBe(
      "implicitDeny",
    );
    expect(
      evaluate({ identity: [named("identity", { Effect: "Allow", Action: "*", NotResource: "arn:aws:s3:::b/*" })] }, asked).outcome,
    ).toBe("implicitDeny");
  });

  test("a deny anywhere is the end of it", () => {
    const set = { identity: [named("identity", allow())] };
    const resource = { policy: named("resource", { Effect: "Deny", Principal: "*", Action: "*", Resource: "*" }), principal: user };
    expect(evaluate(set, asked, resource)).toMatchObject({ outcome: "explicitDeny", by: "resource-based policy" });
  });

  test("a resource's policy allows by itself when it names the caller, not when it names the account", () => {
    const grant = (Principal: object | string) => ({ policy: named("resource", allow({ Principal })), principal: user });
    expect(evaluate({ identity: [] }, asked, grant({ AWS: user.arn })).outcome).toBe("allowed");
    expect(evaluate({ identity: [] }, asked, grant("*")).outcome).toBe("allowed");
    expect(evaluate({ identity: [] }, asked, grant({ AWS: "arn:aws:iam::123456789012:root" })).outcome).toBe("implicitDeny");
    expect(evaluate({ identity: [] }, asked, grant({ Service: "sns.amazonaws.com" })).outcome).toBe("implicitDeny");
    const bounded = { identity: [], boundary: named("boundary", allow({ Action: "ec2:*" })) };
    expect(evaluate(bounded, asked, grant("*"))).toMatchObject({ outcome: "implicitDeny", by: "permissions boundary" });
    expect(evaluate(bounded, asked, grant({ AWS: user.arn })).outcome).toBe("allowed");
  });

  test("a variable without a value matches nothing", () => {
    const set = { identity: [named("identity", allow({ Resource: "arn:aws:s3:::b/${aws:PrincipalTag/team}*" }))] };
    expect(evaluate(set, asked).outcome).toBe("implicitDeny");
  });
});

describe("wildcards", () => {
  test("match as a regular expression would", () => {
    const piece = constantFrom("a", "b", "*", "?");
    const letters = array(constantFrom("a", "b"), { maxLength: 8 }).map((all) => all.join(""));
    assert(
      property(array(piece, { maxLength: 6 }), letters, (pattern, text) => {
        const expression = new RegExp(`^${pattern.map((one) => (one === "*" ? ".*" : one === "?" ? "." : one)).join("")}$`);
        expect(matchesWildcard(pattern.join(""), text)).toBe(expression.test(text));
      }),
      { seed: 7 },
    );
  });

  test("a hostile pattern costs no more than pattern times text", () => {
    // A backtracking matcher would not end within the test's time.
    expect(matchesWildcard(`${"*a".repeat(300)}b`, "a".repeat(3000))).toBe(false);
  });
});
