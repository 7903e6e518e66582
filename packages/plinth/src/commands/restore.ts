/** `plinth restore`: bring a database back beside the one that serves, or try whether that works. */
import type { DrillResult, RestoreResult } from "@plinth/deployer";
import type { RestorePoint } from "@plinth/deployer/recovery/restore";
import { operate } from "../app/operate.ts";
import { stageOptions, type Command, type Invocation } from "../command.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import { Failure } from "../failure.ts";
import { parseMoment } from "../moment.ts";
import { table } from "../terminal/table.ts";

export const command: Command = {
  summary: "Bring a database back to a time or a snapshot, beside the one that serves",
  description:
    "A second database is made in the same network, behind the same security groups, and its address is printed. The app's own is not " +
    "touched: take out of the second what is missing, or move the app over to it with restoreFrom in plinth.config.ts (docs/backups.md). " +
    "It costs as much as the first until plinth restore --remove. Ctrl-C leaves it being made; the same command goes on waiting.\n\n" +
    "--drill proves that it works: tables and rows are counted, that very second is restored, counted again and compared, and the second " +
    "database is removed.",
  about: "stage",
  json: true,
  arguments: [{ name: "DATABASE", description: "its name in the inventory; default: the only one" }],
  options: [
    { flags: "--to <time>", description: 'that second: "2026-11-20 14:03" of this machine\'s clock, "2026-11-20 14:03:30Z", or 10m ago' },
    { flags: "--snapshot <name>", description: "what a snapshot holds" },
    { flags: "--from-region <region>", description: "the copy that AWS Backup has there (backup.copy), the last one, or the last by --to" },
    { flags: "--into <name>", description: "what RDS calls the second database; default: the first one's name and -restored" },
    { flags: "--drill", description: "restore, count, compare and remove; exit code 1 when something differs" },
    { flags: "--remove <name>", description: "remove a second database, without a snapshot of it" },
  ],
  examples: [
    { command: 'plinth restore --to "2026-11-20 14:03" --stage prod', what: "as it was before the accident" },
    { command: "plinth restore database --snapshot before-cleanup --into yesterday", what: "what a snapshot holds" },
    { command: "plinth restore --from-region eu-west-1 --stage prod", what: "the last copy in another region" },
    { command: "plinth restore --drill --stage prod", what: "can it be brought back? how long does it take?" },
    { command: "plinth restore --remove yesterday", what: "the second database goes" },
  ],
  async run(invocation) {
    const { options } = invocation;
    const chosen = ["to", "snapshot", "remove"].filter((name) => options[name] !== undefined);
    if (chosen.length > 1) throw usage(`--${chosen.join(" and --")} do not go together.`);
    if (typeof options["remove"] === "string") return remove(invocation, options["remove"]);
    const region = options["fromRegion"];
    if (typeof region === "string" && options["snapshot"] !== undefined) throw usage("--snapshot and --from-region do not go together.");
    const point = pointOf(invocation);
    if (typeof region === "string") return fromRegion(invocation, region, point && "at" in point ? point.at : undefined);
    if (options["drill"] === true) return rehearse(invocation, point);
    if (!point) throw usage("To which time?");
    return bringBack(invocation, point);
  },
};

const usage = (message: string) =>
  new Failure(message, {
    code: "usage",
    exit: exitCode.usage,
    remedy: 'plinth restore --to "2026-11-20 14:03", --snapshot NAME, or --drill; plinth snapshot list shows what there is.',
  });

function pointOf({ options }: Invocation): RestorePoint | undefined {
  const { to, snapshot } = options;
  if (typeof snapshot === "string") return { snapshot };
  return typeof to === "string" ? { at: parseMoment(to, Date.now()) } : undefined;
}

async function bringBack(invocation: Invocation, point: RestorePoint): Promise<ExitCode> {
  const { json, options, terminal } = invocation;
  const { restore } = await import("@plinth/deployer/recovery/restore");
  const into = options["into"];
  const database = invocation.arguments["DATABASE"];
  const again = "snapshot" in point ? `--snapshot ${point.snapshot}` : "at" in point ? `--to ${point.at.toISOString()}` : "";
  const words = ["restore", database, again, typeof into === "string" && `--into ${into}`].filter(Boolean).join(" ");
  const result = await operate(invocation, words, (deployment) =>
    restore(deployment, { database, point, into: typeof into === "string" ? into : undefined }),
  );
  if (json) terminal.print(JSON.stringify(result, undefined, 2));
  else tell(result, invocation);
  return exitCode.done;
}

async function fromRegion(invocation: Invocation, region: string, at: Date | undefined): Promise<ExitCode> {
  const [{ restore }, { fetchCopy }] = await Promise.all([
    import("@plinth/deployer/recovery/restore"),
    import("@plinth/deployer/recovery/from-region"),
  ]);
  const into = textOf(invocation, "into");
  const database = invocation.arguments["DATABASE"];
  const to = at && `--to ${at.toISOString()}`;
  const words = ["restore", database, `--from-region ${region}`, to, into !== undefined && `--into ${into}`].filter(Boolean).join(" ");
  const result = await operate(invocation, words, async (deployment) => {
    const snapshot = await fetchCopy(deployment, { database, region, at });
    return restore(deployment, { database, point: { snapshot }, into });
  });
  if (invocation.json) invocation.terminal.print(JSON.stringify(result, undefined, 2));
  else tell(result, invocation);
  return exitCode.done;
}

function textOf({ options: given }: Invocation, name: string): string | undefined {
  const value = given[name];
  return typeof value === "string" ? value : undefined;
}

function tell({ database, identifier, restoredTo, host, port, databaseName }: RestoreResult, invocation: Invocation): void {
  const { terminal } = invocation;
  const stage = stageOptions(invocation);
  terminal.print(`${host}:${port}${databaseName === undefined ? "" : `/${databaseName}`}`);
  terminal.note(`${identifier} holds ${database} as of ${restoredTo}, with the logins of that time. ${database} itself is untouched.`);
  terminal.note("To have the app use it, make a snapshot of it, name that in plinth.config.ts and deploy:");
  terminal.note(`  plinth snapshot create ${identifier} --name ${identifier}${stage}`);
  terminal.note(`  ${database}: restoreFrom: "${identifier}"`);
  terminal.note(`It goes with: plinth restore --remove ${identifier}${stage}`);
}

async function rehearse(invocation: Invocation, point: RestorePoint | undefined): Promise<ExitCode> {
  const { json, terminal } = invocation;
  const { drill } = await import("@plinth/deployer/recovery/drill");
  const database = invocation.arguments["DATABASE"];
  const result = await operate(invocation, `restore --drill${database === undefined ? "" : ` ${database}`}`, (deployment) =>
    drill(deployment, { database, point }),
  );
  if (json) terminal.print(JSON.stringify(result, undefined, 2));
  else showDrill(result, invocation);
  // What was restored to another time than now may well differ.
  return result.same || point ? exitCode.done : exitCode.failed;
}

function showDrill({ database, restoredTo, tables, same, restoreSeconds }: DrillResult, { terminal }: Invocation): void {
  const { colours } = terminal;
  const number = (rows: number | null) => (rows === null ? "no table" : rows < 0 ? "not readable" : String(rows));
  const lines = tables.map(({ name, original, restored }) => [
    original === restored ? colours.green("=") : colours.red("≠"),
    name,
    number(original),
    original === restored ? "" : number(restored),
  ]);
  for (const line of table(lines)) terminal.print(line);
  const rows = tables.reduce((sum, { restored }) => sum + Math.max(0, restored ?? 0), 0);
  const what = `${tables.length} ${tables.length === 1 ? "table" : "tables"} with ${rows} rows`;
  terminal.note(
    same
      ? `${database} can be brought back: ${what}, the same as in the original at ${restoredTo}, in ${restoreSeconds.toFixed(1)} s.`
      : `${database} as of ${restoredTo} is not the same as the original; ${what} came back in ${restoreSeconds.toFixed(1)} s.`,
  );
}

async function remove(invocation: Invocation, name: string): Promise<ExitCode> {
  const [{ sideServers, removeSide }, { DeployError }] = await Promise.all([
    import("@plinth/deployer/recovery/side-server"),
    import("@plinth/deployer"),
  ]);
  await operate(invocation, `restore --remove ${name}`, async (deployment) => {
    const all = await sideServers(deployment.aws, deployment.assembly);
    const found = all.find(({ identifier }) => identifier === name.toLowerCase());
    if (!found) {
      throw new DeployError("not-found", `${name} is no database that plinth restore has made for this stage.`, {
        remedy: all.length > 0 ? `There are: ${all.map(({ identifier }) => identifier).join(", ")}.` : "There is none.",
      });
    }
    await removeSide(deployment.aws, found, deployment);
  });
  invocation.terminal.note(`${name} is removed.`);
  return exitCode.done;
}
