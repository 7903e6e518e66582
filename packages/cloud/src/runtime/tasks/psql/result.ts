/** Results as psql shows them: aligned tables, or values with bars between them (`-A`). */
import type { QueryArrayResult } from "pg";
import type { Options } from "./arguments.ts";

export function show(result: QueryArrayResult, options: Options): void {
  if (result.fields.length === 0) {
    if (!options.quiet && result.command) {
      const counted = ["INSERT", "UPDATE", "DELETE", "MERGE", "COPY"].includes(result.command);
      const count = result.command === "INSERT" ? `0 ${result.rowCount}` : String(result.rowCount);
      console.log(counted ? `${result.command} ${count}` : result.command);
    }
    return;
  }
  const rows = result.rows.map((row: unknown[]) => row.map((value) => (value === null ? "" : String(value))));
  const names = result.fields.map(({ name }) => name);
  if (options.unaligned) {
    if (!options.tuplesOnly) console.log(names.join("|"));
    for (const row of rows) console.log(row.join("|"));
  } else {
    const widths = names.map((name, at) => Math.max(options.tuplesOnly ? 0 : name.length, ...rows.map((row) => row[at]!.length)));
    const line = (row: readonly string[]) =>
      row
        .map((value, at) => ` ${value.padEnd(widths[at]!)} `)
        .join("|")
        .trimEnd();
    if (!options.tuplesOnly) {
      console.log(line(names));
      console.log(widths.map((width) => "-".repeat(width + 2)).join("+"));
    }
    for (const row of rows) console.log(line(row));
  }
  if (!options.tuplesOnly) console.log(`(${rows.length} row${rows.length === 1 ? "" : "s"})`);
  if (!options.tuplesOnly && !options.unaligned) console.log("");
}
