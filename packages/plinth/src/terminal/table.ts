/** Columns side by side, as wide as their widest cell. */

export function table(rows: readonly (readonly string[])[], indent = ""): string[] {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, index) => (widths[index] = Math.max(widths[index] ?? 0, width(cell))));
  return rows.map((row) =>
    (
      indent + row.map((cell, index) => cell + " ".repeat(index === row.length - 1 ? 0 : widths[index]! - width(cell) + 2)).join("")
    ).trimEnd(),
  );
}

// oxlint-disable-next-line no-control-regex -- colours have no width
const width = (cell: string) => cell.replaceAll(/\u001B\[\d+m/g, "").length;
