/**
 * The values of records: read as Route 53 has them written (Developer Guide, "Supported DNS record types") and turned into what a
 * packet carries. The codes of A, AAAA and TXT are AWS's; those of the others follow their form.
 */
import { isIPv4, isIPv6 } from "node:net";
import type { Answer } from "dns-packet";
import { BadName, canonicalName, wireName } from "./names.ts";

/** What the codec calls the data of one type. */
export type RecordData = Omit<Answer & { data: unknown }, "name">;

export class BadValue extends Error {
  constructor(code: string, what: string, value: string) {
    super(`Invalid Resource Record: 'FATAL problem: ${code} (${what}) encountered with '${value}''`);
  }
}

/** The types that a record set can have. */
export const recordTypes = [
  "SOA",
  "A",
  "TXT",
  "NS",
  "CNAME",
  "MX",
  "NAPTR",
  "PTR",
  "SRV",
  "SPF",
  "AAAA",
  "CAA",
  "DS",
  "TLSA",
  "SSHFP",
  "SVCB",
  "HTTPS",
];

/** Kept and listed, but in no packet: the codec does not write them. */
export const recordedTypes: readonly string[] = ["SPF", "SVCB", "HTTPS"];

type Reader = (value: string, fields: readonly string[]) => unknown;

const numberIn = (text: string | undefined, max: number): number | undefined =>
  text !== undefined && /^\d{1,10}$/.test(text) && Number(text) <= max ? Number(text) : undefined;

function numbers(type: string, value: string, fields: readonly string[], maxima: readonly number[]): number[] {
  return maxima.map((max, index) => {
    const found = numberIn(fields[index], max);
    if (found === undefined) throw new BadValue(`${type}RRDATAIllegalNumber`, `Value is not a number from 0 to ${max}`, value);
    return found;
  });
}

function count(type: string, value: string, fields: readonly string[], wanted: number): void {
  if (fields.length !== wanted) throw new BadValue(`${type}RRDATAWrongNumberOfFields`, `Value must have ${wanted} fields`, value);
}

function host(type: string, value: string, name: string): string {
  try {
    return name === "." ? "." : wireName(canonicalName(name));
  } catch (error) {
    if (!(error instanceof BadName)) throw error;
    throw new BadValue(`${type}RRDATAIllegalDomainName`, "Value is not a valid domain name", value);
  }
}

const single =
  (type: string): Reader =>
  (value, fields) => {
    count(type, value, fields, 1);
    return host(type, value, value.trim());
  };

const byte = 255;
const short = 65_535;
const long = 4_294_967_295;

const hex = (type: string, value: string, text: string): Buffer => {
  if (!/^(?:[0-9A-Fa-f]{2})+$/.test(text)) throw new BadValue(`${type}RRDATAIllegalHex`, "Value is not hexadecimal", value);
  return Buffer.from(text, "hex");
};

const readers: Readonly<Record<string, Reader>> = {
  A: (value) => {
    if (!isIPv4(value)) throw new BadValue("ARRDATAIllegalIPv4Address", "Value is not a valid IPv4 address", value);
    return value;
  },
  AAAA: (value) => {
    if (!isIPv6(value)) throw new BadValue("AAAARRDATAIllegalIPv6Address", "Value is not a valid IPv6 address", value);
    return value;
  },
  CNAME: single("CNAME"),
  NS: single("NS"),
  PTR: single("PTR"),
  TXT: (value) => characterStrings(value),
  SPF: (value) => characterStrings(value),
  MX: (value, fields) => {
    count("MX", value, fields, 2);
    const [preference] = numbers("MX", value, fields, [short]);
    return { preference, exchange: host("MX", value, fields[1]!) };
  },
  SRV: (value, fields) => {
    count("SRV", value, fields, 4);
    const [priority, weight, port] = numbers("SRV", value, fields, [short, short, short]);
    return { priority, weight, port, target: host("SRV", value, fields[3]!) };
  },
  SOA: (value, fields) => {
    count("SOA", value, fields, 7);
    const [serial, refresh, retry, expire, minimum] = numbers("SOA", value, fields.slice(2), [long, long, long, long, long]);
    return { mname: host("SOA", value, fields[0]!), rname: host("SOA", value, fields[1]!), serial, refresh, retry, expire, minimum };
  },
  CAA: (value) => {
    const found = /^(\d{1,3}) ([A-Za-z0-9]+) "([^"]*)"$/.exec(value.trim());
    const flags = numberIn(found?.[1], byte);
    if (!found || flags === undefined) throw new BadValue("CAARRDATAIllegal", 'Value must be: flags tag "value"', value);
    return { flags, tag: found[2]!, value: found[3]!, issuerCritical: (flags & 128) !== 0 };
  },
  NAPTR: (value) => {
    const found = /^(\d+) (\d+) "([^"]*)" "([^"]*)" "([^"]*)" (\S+)$/.exec(value.trim());
    if (!found) throw new BadValue("NAPTRRRDATAIllegal", 'Value must be: order preference "flags" "service" "regexp" replacement', value);
    const [order, preference] = numbers("NAPTR", value, found.slice(1), [short, short]);
    return { order, preference, flags: found[3]!, services: found[4]!, regexp: found[5]!, replacement: host("NAPTR", value, found[6]!) };
  },
  DS: (value, fields) => {
    count("DS", value, fields, 4);
    const [keyTag, algorithm, digestType] = numbers("DS", value, fields, [short, byte, byte]);
    return { keyTag, algorithm, digestType, digest: hex("DS", value, fields[3]!) };
  },
  TLSA: (value, fields) => {
    count("TLSA", value, fields, 4);
    const [usage, selector, matchingType] = numbers("TLSA", value, fields, [byte, byte, byte]);
    return { usage, selector, matchingType, certificate: hex("TLSA", value, fields[3]!) };
  },
  SSHFP: (value, fields) => {
    count("SSHFP", value, fields, 3);
    const [algorithm, hash] = numbers("SSHFP", value, fields, [byte, byte]);
    return { algorithm, hash, fingerprint: hex("SSHFP", value, fields[2]!).toString("hex") };
  },
  SVCB: (value, fields) => serviceBinding("SVCB", value, fields),
  HTTPS: (value, fields) => serviceBinding("HTTPS", value, fields),
};

/** @throws BadValue */
export function readValue(type: string, value: string): RecordData {
  const data = readers[type]!(value, value.trim().split(/\s+/));
  return { type, data } as RecordData;
}

function serviceBinding(type: string, value: string, fields: readonly string[]): unknown {
  numbers(type, value, fields, [short]);
  if (fields.length < 2) throw new BadValue(`${type}RRDATAWrongNumberOfFields`, "Value must have a priority and a target", value);
  host(type, value, fields[1]!);
  return undefined;
}

const longestString = 255;
const longestText = 4000;

/** `"one" "two"`, each up to 255 bytes; `\"`, `\\` and octal codes inside. */
function characterStrings(value: string): Buffer[] {
  const text = value.trim();
  if (text.length > longestText) throw new BadValue("TXTRDATATooLong", "Value is too long", value);
  const strings: Buffer[] = [];
  let rest = text;
  while (rest !== "") {
    const found = /^"((?:[^"\\]|\\.)*)"\s*/.exec(rest);
    if (!found) throw new BadValue("InvalidCharacterString", "Value should be enclosed in quotation marks", value);
    const plain = found[1]!.replaceAll(/\\([0-7]{3}|.)/g, (_, code: string) =>
      code.length === 3 ? String.fromCharCode(Number.parseInt(code, 8)) : code,
    );
    const bytes = Buffer.from(plain, "latin1");
    if (bytes.length > longestString) throw new BadValue("CharacterStringTooLong", "Value is too long", value);
    strings.push(bytes);
    rest = rest.slice(found[0].length);
  }
  if (strings.length === 0) throw new BadValue("InvalidCharacterString", "Value should be enclosed in quotation marks", value);
  return strings;
}
