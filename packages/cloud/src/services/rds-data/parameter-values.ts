/** The values of a call's parameters as PostgreSQL is given them. */
import type { Input } from "../../aws.ts";
import { badRequest } from "./errors.ts";

export type SqlParameter = NonNullable<Input<"rds-data", "ExecuteStatement">["parameters"]>[number];

export interface SqlValue {
  value: string | Uint8Array | null;
  /** The type that it has in the statement; none where PostgreSQL is to find out. */
  type: string | undefined;
}

const hinted: Readonly<Record<string, string>> = {
  DATE: "date",
  DECIMAL: "numeric",
  JSON: "json",
  TIME: "time",
  TIMESTAMP: "timestamp",
  UUID: "uuid",
};

/** By name. Throws what is wrong with one. */
export function sqlValues(parameters: readonly SqlParameter[]): Map<string, SqlValue> {
  const values = new Map<string, SqlValue>();
  for (const parameter of parameters) {
    if (!parameter.name) throw badRequest("A parameter has no name.");
    values.set(parameter.name, sqlValue(parameter));
  }
  return values;
}

function sqlValue({ name, value, typeHint }: SqlParameter): SqlValue {
  const hint = typeHint === undefined ? undefined : hinted[typeHint];
  if (typeHint !== undefined && hint === undefined) throw badRequest(`Invalid typeHint of the parameter ${name}: ${typeHint}`);
  if (value?.isNull) return { value: null, type: hint };
  if (value?.stringValue !== undefined) return { value: value.stringValue, type: hint ?? "text" };
  if (value?.longValue !== undefined) return { value: String(value.longValue), type: hint ?? "int8" };
  if (value?.doubleValue !== undefined) return { value: String(value.doubleValue), type: hint ?? "float8" };
  if (value?.booleanValue !== undefined) return { value: String(value.booleanValue), type: "bool" };
  if (value?.blobValue !== undefined) return { value: Buffer.from(value.blobValue), type: "bytea" };
  if (value?.arrayValue !== undefined) throw badRequest("Array parameters are not supported.");
  throw badRequest(`The parameter ${name} has no value.`);
}
