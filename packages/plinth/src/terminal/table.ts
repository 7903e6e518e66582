/** Columns side by side, as wide as their widest cell; what ends a shorter row may go on below the columns behind it. */

export function table(rows: readonly (readonly string[])[], indent = ""): string[] {
  const widths: number[] = [];
  const columns = Math.max(0, ...rows.map((row) => row.length));
  for (const row of rows) {
    const counted = row.length < columns ? row.slice(0, -1) : row;
    counted.forEach((cell, index) => (widths[index] = Math.max(widths[index] ?? 0, width(cell))));
  }
  return rows.map((row) =>
    (
      indent + row.map((cell, index) => cell + " ".repeat(index === row.length - 1 ? 0 : widths[index]! - width(cell) + 2)).join("")
    ).trimEnd(),
  );
}

// oxlint-disable-next-line no-control-regex -- colours have no width
const width = (cell: string) => cell.replaceAll(/\u001B\[\d+m/g, "").length;
