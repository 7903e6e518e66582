/** Filter policies of SNS. */
import { describe, expect, it } from "vitest";
import { checkFilterPolicy, type FilterScope, passes } from "../../../src/services/sns/filter-policy.ts";

const text = (StringValue: string) => ({ DataType: "String", StringValue });
const number = (value: number) => ({ DataType: "Number", StringValue: String(value) });
const list = (...values: unknown[]) => ({ DataType: "String.Array", StringValue: JSON.stringify(values) });

describe("on attributes", () => {
  it.each([
    [{ store: ["a"] }, { store: text("a") }, true],
    [{ store: ["a"] }, { store: text("b") }, false],
    [{ store: ["a"] }, {}, false],
    [{ store: ["a"], kind: ["x"] }, { store: text("a") }, false],
    [{ n: [1] }, { n: number(1) }, true],
    [{ n: ["1"] }, { n: number(1) }, false],
    [{ n: [{ numeric: [">", 0, "<=", 100] }] }, { n: number(100) }, true],
    [{ n: [{ numeric: [">", 0, "<=", 100] }] }, { n: number(0) }, false],
    [{ s: [{ prefix: "ab" }] }, { s: text("abc") }, true],
    [{ s: [{ suffix: "bc" }] }, { s: text("abc") }, true],
    [{ s: [{ "equals-ignore-case": "ABC" }] }, { s: text("abc") }, true],
    [{ s: [{ wildcard: "a*c" }] }, { s: text("abbc") }, true],
    [{ s: [{ "anything-but": ["a", "b"] }] }, { s: text("c") }, true],
    [{ s: [{ "anything-but": ["a", "b"] }] }, { s: text("a") }, false],
    [{ s: [{ "anything-but": ["a"] }] }, {}, false],
    [{ s: [{ "anything-but": { prefix: "order-" } }] }, { s: text("order-1") }, false],
    [{ s: [{ exists: true }] }, { s: text("") }, true],
    [{ s: [{ exists: false }] }, {}, true],
    [{ ip: [{ cidr: "10.0.0.0/24" }] }, { ip: text("10.0.0.77") }, true],
    [{ ip: [{ cidr: "10.0.0.0/24" }] }, { ip: text("10.0.1.77") }, false],
    [{ l: ["b"] }, { l: list("a", "b") }, true],
    [{ l: [true] }, { l: list(true) }, true],
    [{ $or: [{ a: ["1"] }, { b: ["2"] }] }, { b: text("2") }, true],
    [{ $or: [{ a: ["1"] }, { b: ["2"] }] }, { b: text("3") }, false],
  ])("%j on %j: %s", (policy, attributes, expected) => {
    expect(passes(JSON.stringify(policy), "MessageAttributes", { body: "", attributes: attributes as never })).toBe(expected);
  });
});

describe("on the body", () => {
  it.each([
    [{ a: { b: ["x"] } }, { a: { b: "x" } }, true],
    [{ a: { b: ["x"] } }, { a: [{ b: "y" }, { b: "x" }] }, true],
    [{ a: { b: ["x"] } }, { a: "x" }, false],
    [{ a: { b: [{ exists: false }] } }, {}, true],
    [{ a: [null] }, { a: null }, true],
    [{ a: [1] }, { a: [2, 1] }, true],
  ])("%j on %j: %s", (policy, body, expected) => {
    expect(passes(JSON.stringify(policy), "MessageBody", { body: JSON.stringify(body), attributes: {} })).toBe(expected);
  });

  it("never passes what is no JSON object", () => {
    expect(passes('{"a":[{"exists":false}]}', "MessageBody", { body: "text", attributes: {} })).toBe(false);
  });
});

it.each([
  ["MessageAttributes", { a: "x" }, 'FilterPolicy: "a" must be an object or an array'],
  ["MessageAttributes", { a: { b: ["x"] } }, "Filter policy scope MessageAttributes does not support nested filter policy"],
  ["MessageAttributes", { a: { suffix: "x" } }, 'FilterPolicy: "suffix" must be an object or an array'],
  ["MessageAttributes", { a: [{ numeric: ["=", "0"] }] }, "FilterPolicy: Value of equals must be numeric"],
  ["MessageAttributes", { a: [{ numeric: [">", 20, 30] }] }, "FilterPolicy: Bad value in numeric range: 30"],
  ["MessageAttributes", { a: [{ numeric: [">", 20, "<="] }] }, "FilterPolicy: Value of <= must be numeric"],
  ["MessageAttributes", { a: [{ numeric: [">", 20, "<", 30, "<", 50] }] }, "FilterPolicy: Too many terms in numeric range expression"],
  ["MessageBody", { a: [{ exists: "yes" }] }, "FilterPolicy: exists match pattern must be either true or false."],
  ["MessageBody", { a: [{ nope: 1 }] }, "FilterPolicy: Unrecognized match type nope"],
  ["MessageBody", { a: [["x"]] }, "FilterPolicy: Match value must be String, number, true, false, or null"],
  ["MessageBody", { a: [{ numeric: ["<", 1, ">", 0] }] }, "FilterPolicy: Too many elements in numeric expression"],
  ["MessageBody", { a: [1], b: [1], c: [1], d: [1], e: [1], f: [1] }, "FilterPolicy: Filter policy can not have more than 5 keys"],
  ["MessageBody", { a: Array.from({ length: 151 }, (_, index) => index) }, "FilterPolicy: Filter policy is too complex"],
] as const)("%s %j is refused", (scope, policy, message) => {
  expect(() => checkFilterPolicy(JSON.stringify(policy), scope as FilterScope, (what) => new Error(what))).toThrow(message);
});
