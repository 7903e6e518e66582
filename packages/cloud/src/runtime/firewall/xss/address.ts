/** Addresses that run a script when they are followed: `javascript:`, `vbscript:`, and `data:` of the kinds that browsers run. */

/** What browsers drop from an address: control characters and white space before it, tabs and line ends within. */
const dropped = /[\0-\x20\x7f-\xa0]+/gu;
const dangerous =
  /^(?:javascript|vbscript|livescript|mocha):|^data:(?:text\/html|text\/javascript|application\/(?:xhtml\+xml|javascript|xml)|text\/xml|image\/svg\+xml)[;,]/iu;
/** Long enough for a scheme in entities with many zeros. */
const looked = 192;

export function dangerousAddress(text: string): boolean {
  // Nearly all texts show with their first character that they are not one.
  let at = 0;
  while (at < text.length && (text.charCodeAt(at) <= 32 || (text.charCodeAt(at) >= 127 && text.charCodeAt(at) <= 160))) at++;
  const first = text.charCodeAt(at) | 32;
  if (first !== 106 && first !== 118 && first !== 100 && first !== 108 && first !== 109 && first !== 38) return false;
  return dangerous.test(decodedEntities(text.slice(at, at + looked)).replaceAll(dropped, ""));
}

const named: Readonly<Record<string, string>> = {
  colon: ":",
  tab: "\t",
  newline: "\n",
  lpar: "(",
  rpar: ")",
  lt: "<",
  gt: ">",
  quot: '"',
  amp: "&",
};

/** With the character references that hide schemes resolved. */
export function decodedEntities(text: string): string {
  if (!text.includes("&")) return text;
  return text.replaceAll(
    /&(?:#(?:x0*([0-9a-f]{1,6})|0*(\d{1,7}))|([a-z]{2,7}));?/giu,
    (whole, hex?: string, decimal?: string, name?: string) => {
      if (name !== undefined) return named[name.toLowerCase()] ?? whole;
      const code = hex === undefined ? Number(decimal) : parseInt(hex, 16);
      return code < 256 ? String.fromCharCode(code) : "?";
    },
  );
}
