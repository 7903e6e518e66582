/** Columns of PostgreSQL as Parquet has them. Source: Amazon RDS User Guide, "Data conversion when exporting to an Amazon S3 bucket". */
import type { SchemaElement } from "hyparquet-writer";

export interface ExportedColumn {
  name: string;
  /** As information_schema calls it: `timestamp with time zone`. */
  dataType: string;
  characters: number;
  precision: number;
  dateTimePrecision: number;
}

interface Exported {
  /** As the list of tables calls it. */
  expected: string;
  element: Omit<SchemaElement, "name" | "repetition_type">;
  /** Of what PostgreSQL answers as text. */
  value(text: string): unknown;
}

const string: Exported = {
  expected: "binary (UTF8)",
  element: { type: "BYTE_ARRAY", converted_type: "UTF8", logical_type: { type: "STRING" } },
  value: (text) => text,
};

/** All others, times and numbers of any precision among them, are exported as text. */
const exported: Readonly<Record<string, Exported>> = {
  bigint: { expected: "int64", element: { type: "INT64" }, value: BigInt },
  integer: { expected: "int32", element: { type: "INT32" }, value: Number },
  smallint: { expected: "int32 (INT_16)", element: { type: "INT32", converted_type: "INT_16" }, value: Number },
  real: { expected: "float", element: { type: "FLOAT" }, value: number },
  "double precision": { expected: "double", element: { type: "DOUBLE" }, value: number },
  boolean: { expected: "boolean", element: { type: "BOOLEAN" }, value: (text) => text === "t" },
  bytea: { expected: "binary", element: { type: "BYTE_ARRAY" }, value: (text) => new Uint8Array(Buffer.from(text.slice(2), "hex")) },
};

/** `Infinity` and `NaN` are written alike in both. */
function number(text: string): number {
  return Number(text);
}

export const exportedAs = ({ dataType }: ExportedColumn): Exported => exported[dataType] ?? string;

/** Spaces and these cannot stand in the name of a column: AWS leaves out tables that have one. */
export const cannotBeExported = (column: string) => /[,;{}()\n\t= ]/.test(column);
