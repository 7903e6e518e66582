/** SQL injection and cross-site scripting: found in texts that the detectors were not derived with, and not in harmless ones. */
import { describe, expect, test } from "vitest";
import { isSqlInjection } from "../../../src/runtime/firewall/sql/sqli.ts";
import { isCrossSiteScripting } from "../../../src/runtime/firewall/xss/xss.ts";
import { corpus } from "./corpus.ts";

const share = (texts: readonly string[], found: (text: string) => boolean) => texts.filter(found).length / texts.length;

describe("the corpus", () => {
  const sqli = corpus("sqli");
  const xss = corpus("xss");
  const harmless = corpus("harmless");

  test("is as large as promised", () => {
    expect(sqli.derived.length + sqli.heldOut.length).toBeGreaterThanOrEqual(300);
    expect(xss.derived.length + xss.heldOut.length).toBeGreaterThanOrEqual(200);
    expect(harmless.derived.length + harmless.heldOut.length).toBeGreaterThanOrEqual(600);
    const known = new Set(harmless.derived);
    expect(harmless.heldOut.filter((text) => known.has(text)).length).toBeLessThan(10);
  });

  test("of texts kept apart, attacks are found and harmless ones are not", () => {
    expect(share(sqli.heldOut, (text) => isSqlInjection(text, "LOW"))).toBeGreaterThanOrEqual(0.95);
    expect(share(harmless.heldOut, (text) => isSqlInjection(text, "LOW"))).toBeLessThanOrEqual(0.01);
    expect(share(xss.heldOut, isCrossSiteScripting)).toBeGreaterThanOrEqual(0.95);
    expect(share(harmless.heldOut, isCrossSiteScripting)).toBeLessThanOrEqual(0.01);
  });

  test("HIGH finds all that LOW does", () => {
    const all = [...sqli.derived, ...sqli.heldOut];
    expect(all.filter((text) => isSqlInjection(text, "LOW") && !isSqlInjection(text, "HIGH"))).toEqual([]);
  });
});

describe("SQL injection", () => {
  test.each([
    ["' or '1'='1", "in a string"],
    ['" or "1"="1', "in a string of the other quotes"],
    ["1 or 1=1", "after a number"],
    ["1 UNION/**/SELECT password FROM users", "with comments for spaces"],
    ["1/*!50000union*/ select 1", "in a comment that MySQL runs"],
    ["'; drop table users--", "as a second statement"],
    ["admin'#", "with MySQL's comment"],
  ])("%s: %s", (text) => expect(isSqlInjection(text, "LOW")).toBe(true));

  test("a text of any length takes time in proportion to it", () => {
    for (const piece of ["(", "'", "a ", "/*", "--", "1,", "select ", '"\\', "`", "@", "0x", "[a"]) {
      const text = piece.repeat(Math.ceil(200_000 / piece.length));
      const start = process.cpuUsage();
      isSqlInjection(text, "HIGH");
      isCrossSiteScripting(text);
      const { user } = process.cpuUsage(start);
      // Quadratic time would be minutes.
      expect(user).toBeLessThan(2_000_000);
    }
  });
});

describe("cross-site scripting", () => {
  test.each([
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)',
    "javascript:alert(1)",
    '<a href="java\tscript:alert(1)">x</a>',
    "<a href=&#106;avascript:alert(1)>x</a>",
    "<svg/onload=alert(1)>",
  ])("%s", (text) => expect(isCrossSiteScripting(text)).toBe(true));
  test.each(["a < b and online=true", '<a href="https://example.com">x</a>', "I <3 you", "<b>bold</b>", "one=1", "if (a<b) c>d"])(
    "not %s",
    (text) => expect(isCrossSiteScripting(text)).toBe(false),
  );
  test("many open tags take time in proportion", () => {
    const start = process.cpuUsage();
    for (const piece of ["<a ", "<a x=", "<!--", "<a x='", "</a", '<a "']) isCrossSiteScripting(piece.repeat(50_000));
    expect(process.cpuUsage(start).user).toBeLessThan(5_000_000);
  });
});
