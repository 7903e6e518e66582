/** What `includeResultMetadata` tells of a result's columns, as JDBC's ResultSetMetaData has it. */
import type { FieldDef } from "pg";
import type { Output } from "../../aws.ts";
import type { ColumnType } from "./column-types.ts";

export type ColumnMetadata = NonNullable<Output<"rds-data", "ExecuteStatement">["columnMetadata"]>[number];

/** What the server knows of a column of a table. */
export interface TableColumn {
  table: number;
  column: number;
  tableName: string;
  notNull: boolean;
  /** It is filled by a sequence. */
  counted: boolean;
}

export const tableColumnsSql = `
  select attrelid::int as "table", attnum::int as "column", relname as "tableName", attnotnull as "notNull",
    attidentity <> '' or coalesce(pg_get_expr(adbin, adrelid) like 'nextval(%', false) as counted
  from pg_attribute join pg_class on pg_class.oid = attrelid left join pg_attrdef on adrelid = attrelid and adnum = attnum
  where attrelid = any($1::oid[]) and attnum > 0`;

const nullability = { none: 0, some: 1, unknown: 2 };
const serials: Readonly<Record<string, string>> = { int2: "smallserial", int4: "serial", int8: "bigserial" };
const varlenaHead = 4;

export function columnMetadata(field: FieldDef, type: ColumnType, columns: readonly TableColumn[]): ColumnMetadata {
  const of = columns.find(({ table, column }) => table === field.tableID && column === field.columnID);
  const numeric = ["long", "double", "decimal"].includes(type.kind);
  const given = field.dataTypeModifier - varlenaHead;
  const sized = field.dataTypeModifier >= varlenaHead;
  const decimal = type.kind === "decimal" && sized;
  const limited = sized && (type.name === "varchar" || type.name === "bpchar");
  return {
    arrayBaseColumnType: type.element?.jdbc ?? 0,
    isAutoIncrement: of?.counted ?? false,
    isCaseSensitive: type.kind === "string" && ![91, 92, 93].includes(type.jdbc) && type.name !== "uuid",
    isCurrency: type.name === "money",
    isSigned: numeric && type.name !== "oid",
    label: field.name,
    name: field.name,
    nullable: of === undefined ? nullability.unknown : of.notNull ? nullability.none : nullability.some,
    precision: decimal ? given >> 16 : limited ? given : type.precision,
    scale: decimal ? given & 0xff_ff : type.scale,
    schemaName: "",
    tableName: of?.tableName ?? "",
    type: type.jdbc,
    typeName: (of?.counted && serials[type.name]) || type.name,
  };
}
