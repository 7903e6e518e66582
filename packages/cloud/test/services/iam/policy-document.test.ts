/** What IAM refuses in policy documents, in its words. */
import { describe, expect, test } from "vitest";
import { checkIdentityPolicy, checkTrustPolicy } from "../../../src/services/iam/policy-document.ts";

const whole = (statement: object, more: object = {}) => ({
  Version: "2012-10-17",
  Statement: { Effect: "Allow", Action: "s3:ListBucket", Resource: "*", ...statement },
  ...more,
});
const without = (...members: string[]) => {
  const { Statement, ...rest } = whole({});
  return { ...rest, Statement: Object.fromEntries(Object.entries(Statement).filter(([name]) => !members.includes(name))) };
};
const syntax = "Syntax errors in policy.";
const legacy = "The policy failed legacy parsing";
const vendor = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";

describe("identity policies", () => {
  test.each<[document: unknown, message: string]>([
    ["no json", syntax],
    [{ Statement: whole({}).Statement }, "Policy document must be version 2012-10-17 or greater."],
    [whole({}, { Version: "2008-10-17" }), "Policy document must be version 2012-10-17 or greater."],
    [whole({}, { Version: "2013-10-17" }), syntax],
    [whole({}, { Extra: 1 }), syntax],
    [whole({}, { Id: [] }), syntax],
    [whole({ Extra: 1 }), syntax],
    [{ Version: "2012-10-17" }, syntax],
    [{ Version: "2012-10-17", Statement: [] }, syntax],
    [{ Version: "2012-10-17", Statement: ["a"] }, syntax],
    [whole({ Effect: "maybe" }), syntax],
    [whole({ Effect: "allow" }), legacy],
    [whole({ NotAction: "s3:*" }), syntax],
    [whole({ Action: {} }), syntax],
    [whole({ Sid: {} }), syntax],
    [whole({ Condition: [] }), syntax],
    [whole({ Condition: { Unknown: { a: "b" } } }), syntax],
    [whole({ Condition: { DateGreaterThan: { a: "yesterday" } } }), legacy],
    [whole({ Action: "ListBucket" }), vendor],
    [whole({ Action: "" }), vendor],
    [whole({ Action: "a a:ListBucket" }), "Vendor a a is not valid"],
    [whole({ Action: "s3:List:Bucket" }), "Actions/Condition can contain only one colon."],
    [whole({ Action: [] }), "Policy statement must contain actions."],
    [without("Action"), "Policy statement must contain actions."],
    [without("Resource"), "Policy statement must contain resources."],
    [whole({ Resource: [] }), "Policy statement must contain resources."],
    [whole({ Resource: "bucket" }), 'Resource bucket must be in ARN format or "*".'],
    [whole({ Resource: "" }), 'Resource  must be in ARN format or "*".'],
    [whole({ Resource: "a:b:c" }), 'Partition "b" is not valid for resource "arn:b:c:*:*:*".'],
    [whole({ Resource: "a:b" }), 'Partition "b" is not valid for resource "arn:b:*:*:*:*".'],
    [whole({ Resource: "aws:s3:::x" }), 'Partition "s3" is not valid for resource "arn:s3:::x:*".'],
    [whole({ Resource: "a:b:c:d:e:f:g:h" }), 'Partition "b" is not valid for resource "arn:b:c:d:e:f:g:h".'],
    [whole({ Resource: ["arn:error:s3:::x", "arn:error:s3::x"] }), 'Partition "error" is not valid for resource "arn:error:s3:::x".'],
    [whole({ Resource: "arn:aws" }), "Resource vendor must be fully qualified and cannot contain regexes."],
    [whole({ Resource: "arn:aws:s3::x" }), legacy],
    [whole({ Resource: "arn:aws:s3:eu:1:x" }), "Resource arn:aws:s3:eu:1:x can not contain region information."],
    [whole({ Resource: "arn:aws:iam:eu::role/x" }), "IAM resource arn:aws:iam:eu::role/x cannot contain region information."],
    [
      whole({ Resource: "arn:aws:iam:::x" }),
      'IAM resource path must either be "*" or start with user/, federated-user/, role/, group/, instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, access-report/.',
    ],
    [whole({ Principal: "*" }), "Policy document should not specify a principal."],
    [
      { Version: "2012-10-17", Statement: [1, 2].map(() => ({ ...whole({}).Statement, Sid: "same" })) },
      "Statement IDs (SID) in a single policy must be unique.",
    ],
  ])("%j", (document, message) => {
    const text = typeof document === "string" ? document : JSON.stringify(document);
    expect(() => checkIdentityPolicy(text)).toThrow(expect.objectContaining({ code: "MalformedPolicyDocument", message }));
  });

  test.each([
    whole({}),
    whole({ Resource: ["arn:aws:s3:::b", "arn:*:s3:::b/*"], Condition: { "ForAnyValue:StringLikeIfExists": { "aws:TagKeys": ["a"] } } }),
    whole({ Action: "*", Condition: { DateLessThan: { "aws:CurrentTime": "2026-11-21T10:00:00Z" } } }),
    whole({ Resource: "arn:aws:iam::123456789012:role/x" }, { Id: "one" }),
  ])("%j is fine", (document) => expect(() => checkIdentityPolicy(JSON.stringify(document))).not.toThrow());
});

describe("trust policies", () => {
  const trust = (statement: object) =>
    JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", ...statement }] });
  test.each<[statement: object, message: string]>([
    [{}, "Missing required field Principal"],
    [{ Principal: "*", Resource: "*" }, "Has prohibited field Resource"],
    [{ Principal: "*", Action: "s3:GetObject" }, "AssumeRole policy may only specify STS AssumeRole actions."],
    [{ Principal: { Service: "nobody" } }, 'Invalid principal in policy: "SERVICE":"nobody"'],
    [
      { Principal: { AWS: "arn:aws:iam::123456789012:role/gone" } },
      'Invalid principal in policy: "AWS":"arn:aws:iam::123456789012:role/gone"',
    ],
  ])("%j", (statement, message) => expect(() => checkTrustPolicy(trust(statement), () => false)).toThrow(message));
  test("services, accounts and roles that there are may be trusted", () => {
    for (const Principal of [
      "*",
      { Service: ["ecs.amazonaws.com", "ecs-tasks.amazonaws.com"] },
      { AWS: "123456789012" },
      { AWS: "arn:aws:iam::123456789012:role/x" },
    ])
      expect(() => checkTrustPolicy(trust({ Principal }), () => true)).not.toThrow();
  });
});
