/** How messages are read, whatever pieces they come in, and how patterns match. */
import { array, assert, infiniteStream, integer, property, uint8Array } from "fast-check";
import { describe, expect, it, test } from "vitest";
import { bodyScanner, requestFraming } from "../../../src/runtime/load-balancer/body-framing.ts";
import { traceIdFor } from "../../../src/runtime/load-balancer/forwarded-head.ts";
import { MalformedMessage, parseHead } from "../../../src/runtime/load-balancer/http-head.ts";
import { wildcard } from "../../../src/runtime/load-balancer/rules.ts";
import { readSticky, writeSticky } from "../../../src/runtime/load-balancer/stickiness.ts";
import { matchesCode } from "../../../src/runtime/load-balancer/target-health.ts";
import { transformed } from "../../../src/runtime/load-balancer/transforms.ts";

describe("a chunked body", () => {
  it("is found whole, with what follows it, however it is cut", () => {
    assert(
      property(
        array(uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 5 }),
        infiniteStream(integer({ min: 1, max: 9 })),
        (parts, sizes) => {
          const content = Buffer.concat(parts.map((part) => Buffer.from(part)));
          const body = Buffer.concat([
            ...parts.flatMap((part) => [Buffer.from(`${part.length.toString(16)};x=y\r\n`), Buffer.from(part), Buffer.from("\r\n")]),
            Buffer.from("0\r\nTrailer: 1\r\n\r\n"),
          ]);
          const all = Buffer.concat([body, Buffer.from("GET /next")]);
          const seen: Buffer[] = [];
          const scanner = bodyScanner({ kind: "chunked" }, 400, (bytes) => seen.push(Buffer.from(bytes)));
          let at = 0;
          while (!scanner.done()) {
            const piece = all.subarray(at, at + sizes.next().value!);
            at += scanner.push(piece);
          }
          expect(at).toBe(body.length);
          expect(Buffer.concat(seen).equals(content)).toBe(true);
        },
      ),
      { numRuns: 100 },
    );
  });

  it.each(["z\r\n", "-1\r\n", "0x5\r\n", "5 5\r\n", "3\r\nabcd\r\n", "3\nabc\r\n", "ffffffffffffff\r\n"])(
    "that is malformed is refused: %j",
    (text) => {
      const scanner = bodyScanner({ kind: "chunked" }, 400);
      expect(() => scanner.push(Buffer.from(text))).toThrow(MalformedMessage);
    },
  );
});

test("framing is read strictly", () => {
  expect(requestFraming([["Content-Length", "5, 5"]], "HTTP/1.1")).toEqual({ kind: "length", bytes: 5 });
  expect(requestFraming([["Transfer-Encoding", "Chunked"]], "HTTP/1.1")).toEqual({ kind: "chunked" });
  expect(() => requestFraming([["Content-Length", "5, 6"]], "HTTP/1.1")).toThrow(MalformedMessage);
  expect(() => requestFraming([["Transfer-Encoding", "chunked, chunked"]], "HTTP/1.1")).toThrow(MalformedMessage);
  expect(() => parseHead("GET / HTTP/1.1\r\nA: b\nC: d", 400)).toThrow(MalformedMessage);
  expect(parseHead("GET / HTTP/1.1\r\nA:b\r\nEmpty:\r\nC: \t d e \t", 400).headers).toEqual([
    ["A", "b"],
    ["Empty", ""],
    ["C", "d e"],
  ]);
});

test.each([
  ["/api/*", "/api/", true],
  ["/api/*", "/api", false],
  ["/a?c", "/abc", true],
  ["/a?c", "/ac", false],
  ["/a.c", "/abc", false],
  [String.raw`/a\*c`, "/a*c", true],
  [String.raw`/a\*c`, "/abc", false],
  ["*", "/anything", true],
  ["/a+b(c)", "/a+b(c)", true],
])("the pattern %s on %s: %s", (pattern, path, matches) => {
  expect(wildcard(pattern, "").test(path)).toBe(matches);
});

test("many stars are no way to keep the load balancer busy", () => {
  expect(wildcard("/*".repeat(5).replaceAll("/", ""), "").source).toBe("^.*$");
});

test("matchers, traces and rewrites follow AWS's forms", () => {
  expect(["200", "201", "299", "300", "404"].map((code) => matchesCode("200,202-299,404", Number(code)))).toEqual([
    true,
    false,
    true,
    false,
    true,
  ]);
  const random = { hex: (digits: number) => "a".repeat(digits), below: () => 0 };
  expect(traceIdFor([], 1_700_000_000_000, random)).toBe(`Root=1-6553f100-${"a".repeat(24)}`);
  expect(traceIdFor([["X-Amzn-Trace-Id", "Root=1-1-b;Self=1-2-c;app=x"]], 1_700_000_000_000, random)).toBe(
    `Self=1-6553f100-${"a".repeat(24)};Root=1-1-b;app=x`,
  );
  const request = { path: "/api/v1/x", query: "a=b", host: "old.example.com" } as Parameters<typeof transformed>[1];
  expect(
    transformed(
      [
        { type: "url-rewrite", rewrites: [{ regex: "^/api/(.*)$", replace: "/$1" }] },
        { type: "host-header-rewrite", rewrites: [{ regex: "^old\\.", replace: "new." }] },
      ],
      request,
    ),
  ).toEqual({ uri: "/v1/x?a=b", host: "new.example.com" });
});

test("a sticky cookie holds as long as it says, and only with the load balancer's own signature", () => {
  const secret = Buffer.from("secret");
  const [[, own], [, other]] = writeSticky(secret, "AWSALB", "group 10.0.0.1:80", { nowMs: 0, seconds: 60, secure: true }) as [
    [string, string],
    [string, string],
  ];
  expect(other).toMatch(/^AWSALBCORS=[^;]+; Expires=Thu, 01 Jan 1970 00:01:00 GMT; Path=\/; SameSite=None; Secure$/);
  const value = /=([^;]+)/.exec(own)![1]!;
  const read = (cookie: string, nowMs: number, key = secret) => readSticky(key, [["Cookie", cookie]], "AWSALB", nowMs);
  expect(read(`x=1; AWSALB=${value}`, 59_000)).toBe("group 10.0.0.1:80");
  // Its twin says the same.
  expect(read(`AWSALBCORS=${value}`, 59_000)).toBe("group 10.0.0.1:80");
  expect(read(`AWSALB=${value}`, 61_000)).toBeUndefined();
  expect(read(`AWSALB=${value}`, 1, Buffer.from("another"))).toBeUndefined();
});
