/** Text transformations: what each does, and that none fails or dawdles on any bytes. */
import { describe, expect, test } from "vitest";
import { composed, type ServedType, transformations } from "../../../src/runtime/firewall/transformations.ts";

test.each<[ServedType, string, string]>([
  ["NONE", "A b", "A b"],
  ["LOWERCASE", "AbÄ", "abÄ"],
  ["COMPRESS_WHITE_SPACE", "a \t\n b\xa0c", "a b c"],
  ["CMD_LINE", 'C^M"D   /c  ,; DIR (x', "cmd/c dir(x"],
  ["URL_DECODE", "%41+%zz%", "A %zz%"],
  ["URL_DECODE_UNI", "%u0041%uff22+%43%u12", "AB C%u12"],
  ["HTML_ENTITY_DECODE", "&lt;&#x41;&#66;&quot;&nosuch;&#65", '<AB"&nosuch;A'],
  ["BASE64_DECODE", "SGk=!SGk", "Hi"],
  ["BASE64_DECODE_EXT", "S!G.k=", "Hi"],
  ["HEX_DECODE", "4869", "Hi"],
  ["SQL_HEX_DECODE", "x 0x4869 0xz", "x Hi 0xz"],
  ["ESCAPE_SEQ_DECODE", "\\x41\\101\\n\\q", "AA\n\\q"],
  ["CSS_DECODE", "ja\\vascript\\3a\\000041 b", "javascript:Ab"],
  ["JS_DECODE", "\\u0061\\x62\\143\\n\\q", "abc\nq"],
  ["UTF8_TO_UNICODE", "\xc3\xa9\xe2\x82\xac", "%u00e9%u20ac"],
  ["MD5", "", Buffer.from("d41d8cd98f00b204e9800998ecf8427e", "hex").toString("latin1")],
  ["REMOVE_NULLS", "a\0b", "ab"],
  ["REPLACE_NULLS", "a\0b", "a b"],
  ["REPLACE_COMMENTS", "a/*x*/b/*y", "a b "],
  ["NORMALIZE_PATH", "/a/./b//../c/../../../d/", "/d/"],
  ["NORMALIZE_PATH_WIN", "\\a\\..\\b", "/b"],
  ["UPPERCASE", "aé", "Aé"],
  ["TRIM", "  a ", "a"],
  ["TRIM_LEFT", "  a ", "a "],
  ["TRIM_RIGHT", "  a ", "  a"],
  ["REMOVE_WHITESPACE", " a b\n", "ab"],
  ["REMOVE_COMMENTS_CHAR", "a--b#c/*d*/", "abcd"],
])("%s of %j", (type, text, result) => expect(transformations[type](text)).toBe(result));

test("run in the order of their priorities", () => {
  const given = [
    { Priority: 2, Type: "LOWERCASE" as const },
    { Priority: 1, Type: "URL_DECODE" as const },
  ];
  expect(composed(given)!("%41")).toBe("a");
  expect(composed([{ Priority: 0, Type: "NONE" }])).toBeUndefined();
});

describe.each(Object.keys(transformations) as ServedType[])("%s", (type) => {
  const transform = transformations[type];

  test("takes any bytes and gives bytes", () => {
    let state = 1;
    const draw = (limit: number) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * limit);
    };
    const special = "%u\\x&#;/*.-+=0123abcdef'\"^<> \0\n\x80\xe2\x82";
    for (let round = 0; round < 500; round++) {
      const text = Array.from({ length: draw(40) }, () =>
        draw(3) === 0 ? String.fromCharCode(draw(256)) : special[draw(special.length)]!,
      ).join("");
      // No character is beyond a byte, so that what follows can go on.
      expect([text, /^[\0-\xff]*$/u.test(transform(text))]).toEqual([text, true]);
    }
  });

  test("takes time in proportion to the text", () => {
    const start = process.cpuUsage();
    for (const piece of ["%", "&", "\\", "/*", "../", " ", "0x", "a", "&#", "%u", "//"])
      transform(piece.repeat(Math.ceil(200_000 / piece.length)));
    expect(process.cpuUsage(start).user).toBeLessThan(4_000_000);
  });
});
