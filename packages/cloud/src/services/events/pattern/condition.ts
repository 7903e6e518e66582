/** One condition of an event pattern on a value: read from JSON, refused in AWS's words, and asked. Source: EventBridge User Guide, "Comparison operators". */
import { BlockList, isIP } from "node:net";
import { invalidPattern } from "../errors.ts";
import { wildcard } from "./wildcard.ts";

/** A value at the end of a path of an event. */
export type Scalar = string | number | boolean | null;

export type Condition =
  /** `present: false` holds where nothing lies at the path. */
  { kind: "exists"; present: boolean } | { kind: "value"; holds: (value: Scalar) => boolean };

type Operand = { [operator: string]: unknown };

export const isObject = (value: unknown): value is Operand => typeof value === "object" && value !== null && !Array.isArray(value);

export function readCondition(given: unknown): Condition {
  if (Array.isArray(given)) throw invalidPattern("Match value must be String, number, true, false, or null");
  if (!isObject(given)) return { kind: "value", holds: (value) => value === given };
  const [[operator, operand] = [""], ...more] = Object.entries(given);
  if (more.length > 0) throw invalidPattern("Only one key allowed in match expression");
  if (operator === "exists") {
    if (typeof operand !== "boolean") throw invalidPattern("exists match pattern must be either true or false.");
    return { kind: "exists", present: operand };
  }
  return { kind: "value", holds: readOperator(operator, operand) };
}

type Holds = (value: Scalar) => boolean;

function readOperator(operator: string, operand: unknown): Holds {
  switch (operator) {
    case "prefix":
    case "suffix":
      return readEnd(operator, operand);
    case "equals-ignore-case": {
      const wanted = text(operator, operand).toLowerCase();
      return (value) => typeof value === "string" && value.toLowerCase() === wanted;
    }
    case "wildcard": {
      const pattern = wildcard(text(operator, operand));
      return (value) => typeof value === "string" && pattern.test(value);
    }
    case "cidr":
      return readCidr(text("prefix", operand));
    case "numeric":
      return readNumeric(operand);
    case "anything-but":
      return readAnythingBut(operand);
    default:
      throw invalidPattern(`Unrecognized match type ${operator}`);
  }
}

function text(operator: string, operand: unknown): string {
  if (typeof operand !== "string") throw invalidPattern(`${operator} match pattern must be a string`);
  return operand;
}

function readEnd(operator: "prefix" | "suffix", operand: unknown): Holds {
  const at = operator === "prefix" ? "startsWith" : "endsWith";
  if (isObject(operand)) {
    const [[inner, wanted] = [""], ...more] = Object.entries(operand);
    if (inner !== "equals-ignore-case" || more.length > 0) throw invalidPattern(`Unsupported ${operator} pattern: ${inner}`);
    const lower = text("equals-ignore-case", wanted).toLowerCase();
    return (value) => typeof value === "string" && value.toLowerCase()[at](lower);
  }
  const wanted = text(operator, operand);
  return (value) => typeof value === "string" && value[at](wanted);
}

function readCidr(range: string): Holds {
  const [address = "", bits, ...more] = range.split("/");
  if (bits === undefined || more.length > 0) throw invalidPattern("Malformed CIDR, one '/' required");
  if (!/^\d+$/u.test(bits)) throw invalidPattern("Malformed CIDR, mask bits must be an integer");
  const family = familyOf(address);
  if (!family) throw invalidPattern(`Nonstandard IP address: ${address}`);
  if (Number(bits) > (family === "ipv4" ? 32 : 128)) throw invalidPattern("Malformed CIDR, mask bits must not be negative");
  const block = new BlockList();
  block.addSubnet(address, Number(bits), family);
  return (value) => {
    const own = typeof value === "string" ? familyOf(value) : undefined;
    return own === family && block.check(value as string, own);
  };
}

const familyOf = (address: string): "ipv4" | "ipv6" | undefined => ({ 4: "ipv4", 6: "ipv6" } as const)[isIP(address) as 4];

const comparisons: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  "=": (value, bound) => value === bound,
  "<": (value, bound) => value < bound,
  "<=": (value, bound) => value <= bound,
  ">": (value, bound) => value > bound,
  ">=": (value, bound) => value >= bound,
};

/** `["=", 5]`, `["<", 5]`, or a range whose bottom stands first. */
function readNumeric(operand: unknown): Holds {
  if (!Array.isArray(operand) || operand.length === 0) throw invalidPattern("Invalid member in numeric match: ]");
  const [first, low, second, high] = operand as unknown[];
  if (typeof first !== "string") throw invalidPattern(`Invalid member in numeric match: ${String(first)}`);
  const lower = comparisons[first];
  if (!lower) throw invalidPattern(`Unrecognized numeric range operator: ${first}`);
  if (typeof low !== "number") throw invalidPattern(`Value of ${first === "=" ? "equals" : first} must be numeric`);
  const holds = (value: Scalar): value is number => typeof value === "number" && lower(value, low);
  if (operand.length === 2) return holds;
  if (first === "=" || first.startsWith("<")) throw invalidPattern("Too many elements in numeric expression");
  if (typeof second !== "string") throw invalidPattern(`Bad value in numeric range: ${String(second)}`);
  const upper = second.startsWith("<") ? comparisons[second] : undefined;
  if (!upper) throw invalidPattern(`Bad numeric range operator: ${second}`);
  if (typeof high !== "number") throw invalidPattern(`Value of ${second} must be numeric`);
  if (operand.length > 4) throw invalidPattern("Too many terms in numeric range expression");
  if (low >= high) throw invalidPattern("Bottom must be less than top");
  return (value) => holds(value) && upper(value, high);
}

const anythingButValues = "Value of anything-but must be an array or single string/number value.";

/** Holds for every value that is there and is none of these; `null` counts as a value. */
function readAnythingBut(operand: unknown): Holds {
  if (isObject(operand)) return readAnythingButOperator(operand);
  const members = Array.isArray(operand) ? (operand as unknown[]) : [operand];
  if (members.length === 0) throw invalidPattern("Empty arrays are not allowed");
  const kind = typeof members[0];
  if (kind !== "string" && kind !== "number") throw invalidPattern(anythingButValues);
  if (members.some((one) => typeof one !== kind)) {
    throw invalidPattern("Inside anything-but list, either all values are number or string, mixed type is not supported");
  }
  return (value) => !members.includes(value);
}

function readAnythingButOperator(operand: Operand): Holds {
  const [[operator, given] = [""], ...more] = Object.entries(operand);
  if (more.length > 0) throw invalidPattern("Only one key allowed in match expression");
  if (!["prefix", "suffix", "equals-ignore-case", "wildcard"].includes(operator)) {
    throw invalidPattern(`Unsupported anything-but pattern: ${operator}`);
  }
  if (isObject(given)) throw invalidPattern(anythingButValues);
  const members = Array.isArray(given) ? (given as unknown[]) : [given];
  if (members.length === 0) throw invalidPattern("Empty arrays are not allowed");
  for (const one of members) {
    if (operator === "equals-ignore-case" && typeof one !== "string")
      throw invalidPattern("Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.");
    if (operator === "wildcard") text(operator, one);
    if (operator === "prefix" || operator === "suffix") {
      if (text("prefix/suffix", one) === "") throw invalidPattern("Null prefix/suffix not allowed");
    }
  }
  const all = members.map((one) => readOperator(operator, one));
  return (value) => !all.some((holds) => holds(value));
}
