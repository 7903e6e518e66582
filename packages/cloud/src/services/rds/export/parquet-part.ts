/** Rows of a table as one Parquet file, compressed by gzip as RDS does; held in memory, so a table becomes many. */
import { gzipSync } from "node:zlib";
import { type ExportedColumn, exportedAs } from "./exported-columns.ts";

export type Row = readonly (string | null)[];

export async function parquetPart(columns: readonly ExportedColumn[], rows: readonly Row[]): Promise<Uint8Array> {
  // At the first export: it is not needed where nothing is exported.
  const { ByteWriter, ParquetWriter } = await import("hyparquet-writer");
  const writer = new ByteWriter();
  const file = new ParquetWriter({
    writer,
    codec: "GZIP",
    compressors: { GZIP: (bytes: Uint8Array) => gzipSync(bytes) },
    schema: [
      { name: "schema", num_children: columns.length },
      ...columns.map((column) => ({ name: column.name, repetition_type: "OPTIONAL" as const, ...exportedAs(column).element })),
    ],
  });
  const columnData = columns.map((column, index) => {
    const { value } = exportedAs(column);
    return { name: column.name, data: rows.map((row) => (row[index] === null ? null : value(row[index]!))) };
  });
  await file.write({ columnData });
  await file.finish();
  return writer.getBytes();
}
