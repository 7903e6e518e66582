/**
 * Domain names as Route 53 keeps them: in small letters, with the dot at the end, and with every character but letters, digits, `-`,
 * `_` and `.` written as its octal code (`*` is `\052`). Source: Route 53 Developer Guide, "DNS domain name format".
 */

const longestName = 255;
const longestLabel = 63;

/** A name that cannot be one; the message is AWS's. */
export class BadName extends Error {}

const fatal = (code: string, what: string, name: string) => new BadName(`FATAL problem: ${code} (${what}) encountered with '${name}'`);

/** @throws BadName */
export function canonicalName(given: string): string {
  if (given === "" || given === ".") throw fatal("DomainLabelEmpty", "Domain label is empty", given);
  let name = "";
  const text = given.endsWith(".") && !given.endsWith("\\.") ? given : `${given}.`;
  for (let at = 0; at < text.length; at++) {
    const octal = text[at] === "\\" ? /^\\([0-7]{3})/.exec(text.slice(at, at + 4)) : null;
    const character = octal ? String.fromCharCode(Number.parseInt(octal[1]!, 8)) : text[at]!;
    if (octal) at += 3;
    const code = character.charCodeAt(0);
    if (code > 255 || (!octal && code > 126)) throw fatal("UnsupportedCharacter", "Value contains unsupported characters", given);
    name += plain.test(character) && !(octal && character === ".") ? character.toLowerCase() : `\\${code.toString(8).padStart(3, "0")}`;
  }
  const labels = name.slice(0, -1).split(".");
  if (labels.includes("")) throw fatal("DomainLabelEmpty", "Domain label is empty", given);
  if (labels.some((label) => lengthOf(label) > longestLabel)) throw fatal("DomainLabelTooLong", "Domain label is too long", given);
  if (lengthOf(name) > longestName) throw fatal("DomainNameTooLong", "Domain name is too long", given);
  return name;
}

const plain = /^[A-Za-z0-9_.-]$/;
const lengthOf = (text: string) => text.replaceAll(/\\[0-7]{3}/g, "x").length;

/** The labels from the last to the first: in their order names are listed. */
export const sortKey = (name: string): string => `${name.slice(0, -1).split(".").toReversed().join(".")}.`;

/** Whether `name` is `zone` or lies below it. */
export const liesIn = (name: string, zone: string): boolean => name === zone || name.endsWith(`.${zone}`);

/** As it travels in packets: the characters themselves, without the dot at the end. */
export const wireName = (name: string): string =>
  name.replace(/\.$/, "").replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
