/** The filter patterns of CloudWatch Logs, by AWS's own documented examples and their corners. */
import { describe, expect, it } from "vitest";
import { parseFilterPattern } from "../../../src/services/logs/filter-pattern/index.ts";

const json = JSON.stringify({
  eventType: "UpdateTrail",
  sourceIPAddress: "111.111.111.111",
  arrayKey: ["value", "another value"],
  objectList: [
    { name: "a", id: 1 },
    { name: "b", id: 2 },
  ],
  SomeObject: null,
  ThisFlag: true,
  errors: 7.5,
  "dotted.name": "x",
});
const access = '127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534';

describe("matches", () => {
  it.each([
    // pattern                                      | message                              | matches
    ["", "anything", true],
    ["ERROR", "[ERROR 400] BAD REQUEST", true],
    ["ERROR ARGUMENTS", "[ERROR 419] MISSING ARGUMENTS", true],
    ["ERROR ARGUMENTS", "[ERROR 401] UNAUTHORIZED", false],
    ["error", "ERROR", false],
    ["?ERROR ?WARN", "a WARN b", true],
    ["?ERROR ?WARN", "a INFO b", false],
    ["?ERROR INFO", "a INFO b", true],
    ["ERROR -EXITING", "ERROR EXITING", false],
    ["ERROR -EXITING", "ERROR 401", true],
    ['"INTERNAL SERVER ERROR"', "[ERROR 500] INTERNAL SERVER ERROR", true],
    ['"say \\"hi\\""', 'say "hi"', true],
    ['-"not found"', "404 not found", false],
    ["%4\\d\\d%", "status 404", true],
    ["%4\\d\\d%", "status 500", false],
    ['{ $.eventType = "UpdateTrail" }', json, true],
    ["{ $.eventType = UpdateTrail }", json, true],
    ["{ $.eventType = Update* }", json, true],
    ['{ $.eventType != "Other" }', json, true],
    ['{ $.missing != "Other" }', json, false],
    ['{ $.arrayKey[0] = "value" }', json, true],
    ['{ $.arrayKey[*] = "another value" }', json, true],
    ["{ $.objectList[1].id = 2 }", json, true],
    ["{ $.errors > 7 && $.errors <= 7.5 }", json, true],
    ["{ ($.errors > 100) || ($.ThisFlag IS TRUE) }", json, true],
    ["{ $.SomeObject IS NULL }", json, true],
    ["{ $.SomeOther NOT EXISTS }", json, true],
    ["{ $.SomeObject NOT EXISTS }", json, false],
    ["{ $.sourceIPAddress != 123.123.* }", json, true],
    ["{ $.eventType = %Trail$% }", json, true],
    ["{ $.['dotted.name'] = x }", json, true],
    ["{ $.eventType = UpdateTrail }", "not json", false],
    ["[ip, user, username, timestamp, request, status_code, bytes]", access, true],
    ["[ip, user]", access, false],
    ["[ip, user, username, timestamp, request =*.html*, status_code = 4*, bytes]", access, true],
    ["[..., status_code = 4*, bytes > 1000]", access, true],
    ["[..., status_code = 404 || status_code = 410, bytes]", access, true],
    ["[ip, ..., status_code != 404, bytes]", access, false],
    ["[w1=ERROR, w2]", "ERROR now", true],
    ["[w1!=ERROR&&w1!=%WARN%, w2]", "WARNING now", false],
    ["[]", "anything at all", true],
  ])("%s on %s: %s", (pattern, message, expected) => {
    expect(parseFilterPattern(pattern)(message) !== undefined).toBe(expected);
  });
});

it.each(["{ $.a = }", "{ $.a = 1", "[a, b", "a:b", '"open', "%open", "{ a = 1 }", "[a, ..., ...]", "{ $.a > x }"])(
  "refuses %s",
  (pattern) => {
    expect(() => parseFilterPattern(pattern)).toThrowError(expect.objectContaining({ code: "InvalidParameterException" }));
  },
);

it("extracts what the pattern names", () => {
  expect(Object.fromEntries(parseFilterPattern("[ip, ..., status, bytes]")(access)!)).toEqual({
    $ip: "127.0.0.1",
    $2: "Prod",
    $3: "frank",
    $4: "10/Oct/2000:13:25:15 -0700",
    $5: "GET /index.html HTTP/1.0",
    $status: "404",
    $bytes: "1534",
  });
  expect(Object.fromEntries(parseFilterPattern("{ $.errors > 1 }", ["$.eventType"])(json)!)).toEqual({
    "$.errors": "7.5",
    "$.eventType": "UpdateTrail",
  });
});
