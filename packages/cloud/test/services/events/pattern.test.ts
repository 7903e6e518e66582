/** Event patterns: what they let through, and how those are refused that are none. The cases follow AWS's guide and what its TestEventPattern answers. */
import { describe, expect, it } from "vitest";
import { readPattern } from "../../../src/services/events/pattern/pattern.ts";

const matches = (pattern: object, event: object) => readPattern(JSON.stringify(pattern))(event);

describe("an event passes", () => {
  it.each<[what: string, pattern: object, passes: object[], stays: object[]]>([
    ["by one of the values", { a: ["x", 1, true, null] }, [{ a: "x" }, { a: 1 }, { a: true }, { a: null }], [{ a: "y" }, { a: "1" }, {}]],
    ["by any element of a list", { a: ["x"] }, [{ a: ["y", "x"] }], [{ a: ["y"] }, { a: [] }]],
    ["by the number, however written", { a: [300] }, [{ a: 3.0e2 }], [{ a: "300" }]],
    ["by nested keys", { a: { b: ["x"] } }, [{ a: { b: "x" } }, { "a.b": "x" }], [{ a: "x" }, { a: { b: { c: "x" } } }]],
    ["by keys joined with dots", { "a.b": ["x"] }, [{ a: { b: "x" } }], [{ a: { b: "y" } }]],
    ["by all keys at once", { a: ["x"], b: ["y"] }, [{ a: "x", b: "y", c: 1 }], [{ a: "x" }, { a: "x", b: "x" }]],
    [
      "by one element of a list for all its keys",
      { l: { a: [1], b: [2] } },
      [
        {
          l: [
            { a: 0, b: 0 },
            { a: 1, b: 2 },
          ],
        },
      ],
      [
        {
          l: [
            { a: 1, b: 0 },
            { a: 0, b: 2 },
          ],
        },
      ],
    ],
    ["prefix", { a: [{ prefix: "ab" }] }, [{ a: "abc" }], [{ a: "Abc" }, { a: 1 }]],
    ["prefix, ignoring case", { a: [{ prefix: { "equals-ignore-case": "AB" } }] }, [{ a: "abc" }, { a: "ABc" }], [{ a: "ba" }]],
    ["suffix", { a: [{ suffix: ".png" }] }, [{ a: "x.png" }], [{ a: "x.PNG" }]],
    ["suffix, ignoring case", { a: [{ suffix: { "equals-ignore-case": ".png" } }] }, [{ a: "x.PNG" }], [{ a: "png" }]],
    ["equals-ignore-case", { a: [{ "equals-ignore-case": "aLiCe" }] }, [{ a: "ALICE" }], [{ a: "alic" }]],
    ["wildcard", { a: [{ wildcard: "dir/*/f*.png" }] }, [{ a: "dir/x/y/f1.png" }, { a: "dir//f.png" }], [{ a: "dir/f.png" }]],
    ["an escaped wildcard", { a: [{ wildcard: "a\\*b\\\\*" }] }, [{ a: "a*b\\c" }], [{ a: "axb\\c" }]],
    ["numeric", { a: [{ numeric: ["=", 5] }] }, [{ a: 5 }], [{ a: 4 }, { a: "5" }, { a: null }]],
    ["numeric, within a range", { a: [{ numeric: [">", 0, "<=", 5] }] }, [{ a: 5 }, { a: 0.1 }], [{ a: 0 }, { a: 5.1 }]],
    ["cidr", { a: [{ cidr: "10.0.0.0/24" }] }, [{ a: "10.0.0.255" }], [{ a: "10.0.1.0" }, { a: "ten" }, { a: "::1" }]],
    ["cidr of version 6", { a: [{ cidr: "2001:db8::/32" }] }, [{ a: "2001:db8:1::9" }], [{ a: "2001:db9::" }, { a: "10.0.0.1" }]],
    ["exists", { a: [{ exists: true }] }, [{ a: null }, { a: "" }], [{}, { a: {} }, { a: [] }]],
    ["exists not", { a: { b: [{ exists: false }] } }, [{}, { a: { c: 1 } }, { a: { b: [] } }], [{ a: { b: 1 } }]],
    ["anything but", { a: [{ "anything-but": "x" }] }, [{ a: "y" }, { a: null }], [{ a: "x" }, {}]],
    ["anything but numbers", { a: [{ "anything-but": [1, 2] }] }, [{ a: 3 }, { a: "1" }], [{ a: 2 }]],
    ["anything but a prefix", { a: [{ "anything-but": { prefix: ["x", "y"] } }] }, [{ a: "z" }, { a: 1 }], [{ a: "yes" }, {}]],
    ["anything but a suffix", { a: [{ "anything-but": { suffix: ".png" } }] }, [{ a: "a.jpg" }], [{ a: "a.png" }]],
    ["anything but, ignoring case", { a: [{ "anything-but": { "equals-ignore-case": ["X"] } }] }, [{ a: "y" }], [{ a: "x" }]],
    ["anything but a wildcard", { a: [{ "anything-but": { wildcard: "*/lib/*" } }] }, [{ a: "/src/" }], [{ a: "a/lib/b" }]],
    ["several conditions", { a: [{ prefix: "x" }, { numeric: [">", 5] }, "y"] }, [{ a: "xx" }, { a: 6 }, { a: "y" }], [{ a: 5 }]],
    [
      "$or",
      { s: ["q"], $or: [{ a: ["x"] }, { b: { c: [1] } }] },
      [
        { s: "q", a: "x" },
        { s: "q", b: { c: 1 } },
      ],
      [{ s: "q" }, { a: "x" }],
    ],
    ["$or within", { d: { $or: [{ a: [1] }, { a: [2], b: [3] }] } }, [{ d: { a: 1 } }, { d: { a: 2, b: 3 } }], [{ d: { a: 2 } }]],
    ["$or beside the same key", { a: [{ prefix: "x" }], $or: [{ a: ["x1"] }, { a: ["y1"] }] }, [{ a: "x1" }], [{ a: "y1" }, { a: "x2" }]],
  ])("%s", (_what, pattern, passes, stays) => {
    for (const event of passes) expect([event, matches(pattern, event)]).toEqual([event, true]);
    for (const event of stays) expect([event, matches(pattern, event)]).toEqual([event, false]);
  });
});

it.each([
  ['["a"]', "Filter is not an object"],
  ["this is none", "Unrecognized token 'this': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')"],
  ['{"a": 42}', '"a" must be an object or an array'],
  ['{"a": []}', "Empty arrays are not allowed"],
  ['{"a": [["x"]]}', "Match value must be String, number, true, false, or null"],
  ['{"a": [{"EXISTS": true}]}', "Unrecognized match type EXISTS"],
  ['{"a": [{"exists": "yes"}]}', "exists match pattern must be either true or false."],
  ['{"a": [{"prefix": 123}]}', "prefix match pattern must be a string"],
  ['{"a": [{"suffix": [".png"]}]}', "suffix match pattern must be a string"],
  ['{"a": [{"equals-ignore-case": ["x"]}]}', "equals-ignore-case match pattern must be a string"],
  ['{"a": [{"wildcard": 123}]}', "wildcard match pattern must be a string"],
  ['{"a": [{"wildcard": "arn:**:x"}]}', "Consecutive wildcard characters at pos 4"],
  [
    '{"a": [{"wildcard": "*:*:*:*:*:event-bus/*"}]}',
    "Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character",
  ],
  ['{"a": [{"cidr": ["x"]}]}', "prefix match pattern must be a string"],
  ['{"a": [{"cidr": "bad-filter"}]}', "Malformed CIDR, one '/' required"],
  ['{"a": [{"cidr": "10.0.0.0/xx"}]}', "Malformed CIDR, mask bits must be an integer"],
  ['{"a": [{"cidr": "xx.11.xx/8"}]}', "Nonstandard IP address: xx.11.xx"],
  ['{"a": [{"numeric": [">", 0, ">", 0]}]}', "Bad numeric range operator: >"],
  ['{"a": [{"numeric": [">", 0, "<"]}]}', "Value of < must be numeric"],
  ['{"a": [{"anything-but": [1, "x"]}]}', "Inside anything-but list, either all values are number or string, mixed type is not supported"],
  ['{"a": [{"anything-but": {"prefix": 1}}]}', "prefix/suffix match pattern must be a string"],
  ['{"a": [{"anything-but": {"wildcard": [1]}}]}', "wildcard match pattern must be a string"],
  [
    '{"a": [{"anything-but": {"equals-ignore-case": 1}}]}',
    "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.",
  ],
  [
    '{"a": [{"anything-but": {"prefix": {"equals-ignore-case": "x"}}}]}',
    "Value of anything-but must be an array or single string/number value.",
  ],
])("%s is refused", (pattern, reason) => {
  expect(() => readPattern(pattern)).toThrow(
    expect.objectContaining({ code: "InvalidEventPatternException", message: `Event pattern is not valid. Reason: ${reason}` }),
  );
});
