/** `plinth snapshot list`: the snapshots of a stage's databases, and the times that can be had. */
import { operate } from "../app/operate.ts";
import type { Command } from "../command.ts";
import { exitCode } from "../exit-code.ts";
import { ago } from "../terminal/status-text.ts";
import { table } from "../terminal/table.ts";

export const command: Command = {
  summary: "Show snapshots of the databases, and between which times they can be restored",
  about: "stage",
  json: true,
  arguments: [{ name: "DATABASE", description: "its name in the inventory; default: all" }],
  examples: [{ command: "plinth snapshot list --stage prod", what: "those of prod, newest first" }],
  async run(invocation) {
    const { json, terminal } = invocation;
    const { listSnapshots } = await import("@plinth/deployer/recovery/snapshots");
    const all = await operate(invocation, "snapshot list", (deployment) => listSnapshots(deployment, invocation.arguments["DATABASE"]));
    if (json) {
      terminal.print(JSON.stringify(all, undefined, 2));
      return exitCode.done;
    }
    const { colours } = terminal;
    if (all.length === 0) terminal.note("No database is deployed.");
    for (const { database, identifier, retentionDays, earliest, latest, snapshots } of all) {
      terminal.print(`${colours.bold(database)} ${colours.dim(identifier)}`);
      const days = retentionDays === 1 ? "1 day" : `${retentionDays} days`;
      if (retentionDays === 0) terminal.print(colours.yellow('  no automated backups: backup: { retain: "7 days" } has them taken'));
      else if (earliest === undefined) terminal.print(`  backups of ${days}; the first is not complete yet`);
      else terminal.print(`  any second from ${earliest} to ${latest} (backups of ${days})`);
      const rows = snapshots.map(({ name, type, status, createdAt, engineVersion }) => [
        name,
        type,
        createdAt === undefined ? status : ago(new Date(createdAt), new Date()),
        createdAt === undefined ? "" : colours.dim(createdAt),
        colours.dim(`PostgreSQL ${engineVersion}`),
      ]);
      for (const line of table(rows, "  ")) terminal.print(line);
    }
    return exitCode.done;
  },
};
