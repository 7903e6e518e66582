/** PostgreSQL's types as JDBC, and so the Data API, speaks of them. Sources: PostgreSQL's pg_type.dat; java.sql.Types; pgjdbc's TypeInfoCache. */

/** How its values are handed over. */
export type Kind = "long" | "double" | "decimal" | "boolean" | "blob" | "string" | "zoned" | "array";

export interface ColumnType {
  /** As `int4`. */
  name: string;
  kind: Kind;
  /** java.sql.Types. */
  jdbc: number;
  precision: number;
  scale: number;
  /** Of an array: what it holds. */
  element?: ColumnType;
}

const other = 1111;
const unlimited = 2_147_483_647;

const table: readonly [oid: number, arrayOid: number, name: string, kind: Kind, jdbc: number, precision: number, scale: number][] = [
  [16, 1000, "bool", "boolean", -7, 1, 0],
  [17, 1001, "bytea", "blob", -2, unlimited, 0],
  [19, 1003, "name", "string", 12, 63, 0],
  [20, 1016, "int8", "long", -5, 19, 0],
  [21, 1005, "int2", "long", 5, 5, 0],
  [23, 1007, "int4", "long", 4, 10, 0],
  [25, 1009, "text", "string", 12, unlimited, 0],
  [26, 1028, "oid", "long", -5, 10, 0],
  [114, 199, "json", "string", other, unlimited, 0],
  [142, 143, "xml", "string", 2009, unlimited, 0],
  [700, 1021, "float4", "double", 7, 8, 8],
  [701, 1022, "float8", "double", 8, 17, 17],
  [790, 791, "money", "string", 8, unlimited, 0],
  [1042, 1014, "bpchar", "string", 1, unlimited, 0],
  [1043, 1015, "varchar", "string", 12, unlimited, 0],
  [1082, 1182, "date", "string", 91, 13, 0],
  [1083, 1183, "time", "string", 92, 15, 6],
  [1114, 1115, "timestamp", "string", 93, 29, 6],
  [1184, 1185, "timestamptz", "zoned", 93, 35, 6],
  [1186, 1187, "interval", "string", other, 49, 0],
  [1266, 1270, "timetz", "string", 92, 21, 6],
  [1700, 1231, "numeric", "decimal", 2, 0, 0],
  [2950, 2951, "uuid", "string", other, unlimited, 0],
  [3802, 3807, "jsonb", "string", other, unlimited, 0],
];

const known = new Map<number, ColumnType>();
for (const [oid, arrayOid, name, kind, jdbc, precision, scale] of table) {
  const type: ColumnType = { name, kind, jdbc, precision, scale };
  known.set(oid, type);
  known.set(arrayOid, arrayOf(type));
}

function arrayOf(element: ColumnType): ColumnType {
  return { name: `_${element.name}`, kind: "array", jdbc: 2003, precision: element.precision, scale: element.scale, element };
}

/** The types of a result's columns. `look` asks the server for those that are its own, as enumerations: their names, and what an array holds. */
export async function columnTypes(
  oids: readonly number[],
  look: (oids: readonly number[]) => Promise<{ oid: number; name: string; element: string | null }[]>,
): Promise<ColumnType[]> {
  const strange = [...new Set(oids.filter((oid) => !known.has(oid)))];
  const found = new Map(strange.length > 0 ? (await look(strange)).map((each) => [each.oid, each]) : []);
  return oids.map((oid) => {
    const type = known.get(oid);
    if (type) return type;
    const { name = "unknown", element = null } = found.get(oid) ?? {};
    const own: ColumnType = { name: element ?? name, kind: "string", jdbc: other, precision: unlimited, scale: 0 };
    return element === null ? own : arrayOf(own);
  });
}
