/** Checks the lengths, ranges, patterns and enums of AWS's service models, which the wire layer does not, in AWS's own words. */
import { AwsError } from "./aws-error.ts";

export interface Constraint {
  /** Of a string's characters, or of a list's or map's members. */
  length?: readonly [min: number, max: number];
  /** Of a number, both ends included. */
  range?: readonly [min: number, max: number];
  /** As the service model writes it; the whole value has to match. */
  pattern?: string;
  enum?: readonly string[];
  /** What each member of a list has to be: where one is not, IAM tells of all that it demands of them, under the list's name. */
  members?: Pick<Constraint, "length" | "pattern"> & { notNull?: boolean };
  /** Whether the value stays out of the message, as AWS leaves bytes and secrets out. */
  hidden?: boolean;
}

/** By member path as AWS names it (`logEvents.1.member.message`). A value that is `undefined` was not given and passes. */
export type Constrained = Readonly<Record<string, readonly [value: unknown, constraint: Constraint]>>;

/** Throws `code` naming every value that does not hold, as `1 validation error detected: Value '51' at 'limit' failed …`. */
export function checkConstraints(code: string, members: Constrained): void {
  const faults: string[] = [];
  for (const path in members) {
    const [value, constraint] = members[path]!;
    if (value === undefined || value === null) continue;
    for (const fault of faultsOf(value, constraint)) {
      faults.push(`Value ${constraint.hidden ? "" : `'${shown(value)}' `}at '${path}' failed to satisfy constraint: Member must ${fault}`);
    }
  }
  if (faults.length === 0) return;
  throw new AwsError(code, `${faults.length} validation error${faults.length > 1 ? "s" : ""} detected: ${faults.join("; ")}`);
}

function faultsOf(value: unknown, { length, range, pattern, enum: values, members }: Constraint): string[] {
  const faults: string[] = [];
  if (length) {
    const size = sizeOf(value);
    if (size > length[1]) faults.push(`have length less than or equal to ${length[1]}`);
    if (size < length[0]) faults.push(`have length greater than or equal to ${length[0]}`);
  }
  if (range) {
    if (Number(value) > range[1]) faults.push(`have value less than or equal to ${range[1]}`);
    if (Number(value) < range[0]) faults.push(`have value greater than or equal to ${range[0]}`);
  }
  if (pattern !== undefined && !matcher(pattern).test(String(value))) faults.push(`satisfy regular expression pattern: ${pattern}`);
  if (values && !values.includes(String(value))) faults.push(`satisfy enum value set: [${values.join(", ")}]`);
  if (members && (value as unknown[]).some((one) => faultsOf(one, members).length > 0)) faults.push(demandsOf(members));
  return faults;
}

function demandsOf({ length, pattern, notNull }: NonNullable<Constraint["members"]>): string {
  const demands = [
    ...(length ? [`have length less than or equal to ${length[1]}`, `have length greater than or equal to ${length[0]}`] : []),
    ...(pattern === undefined ? [] : [`satisfy regular expression pattern: ${pattern}`]),
    ...(notNull ? ["not be null"] : []),
  ];
  return `satisfy constraint: [${demands.map((demand) => `Member must ${demand}`).join(", ")}]`;
}

function matcher(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern})$`, pattern.includes("\\p{") ? "u" : "");
}

function sizeOf(value: unknown): number {
  if (typeof value === "string" || Array.isArray(value) || value instanceof Uint8Array) return value.length;
  return Object.keys(value as object).length;
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(shown).join(", ")}]`;
  if (typeof value !== "object" || value === null) return String(value);
  return `{${Object.entries(value)
    .map(([key, each]) => `${key}=${shown(each)}`)
    .join(", ")}}`;
}
