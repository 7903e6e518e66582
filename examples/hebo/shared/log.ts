/** What the services write: one JSON object a line. */
export function log(level: "INFO" | "WARN" | "ERROR", message: string): void {
  process.stdout.write(`${JSON.stringify({ level, message })}\n`);
}
