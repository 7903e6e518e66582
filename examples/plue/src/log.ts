/** What the programs write: one JSON object a line, its level in capitals, as operators filter for it. */
export function log(level: "INFO" | "WARN" | "ERROR", message: string, fields: Readonly<Record<string, unknown>> = {}): void {
  process.stdout.write(`${JSON.stringify({ level, message, ...fields })}\n`);
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}
