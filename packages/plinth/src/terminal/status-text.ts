/** The status of a stage as a page. */
import type { Status } from "@plinth/deployer";
import { shiftText } from "@plinth/deployer/tasks/shift";
import { table } from "./table.ts";
import type { Colours } from "./terminal.ts";

export function statusText(status: Status, colours: Colours, now: Date, options = ""): string[] {
  const where = status.target === "embedded" ? "the embedded cloud" : `AWS ${status.region}`;
  const lines = [`${colours.bold(`${status.app} ${status.stage}`)} in ${where}`];
  if (!status.deployed) return [...lines, "", `Not deployed. plinth deploy${options}`];
  lines.push(...releaseLines(status, colours, now, options));
  const section = (title: string, rows: string[][]) => {
    if (rows.length > 0) lines.push("", colours.bold(title), ...table(rows, "  "));
  };
  section(
    "services",
    status.services.flatMap((service) => serviceRows(service, colours, now)),
  );
  section(
    "tasks",
    status.tasks.map((task) => taskRow(task, colours, now)),
  );
  const served = new Set(status.services.map(({ name }) => name));
  const urls = Object.entries(status.outputs).flatMap(([name, { url }]) => (url === undefined || served.has(name) ? [] : [[name, url]]));
  section("URLs", urls);
  section(
    "on this machine",
    (status.localAccess ?? []).map(({ name, command }) => [name, command]),
  );
  section(
    "queues",
    status.queues.map(({ name, waiting, inFlight, delayed, dead = 0 }) => [
      name,
      `${waiting} waiting`,
      `${inFlight} in flight${delayed > 0 ? `, ${delayed} delayed` : ""}`,
      dead > 0 ? colours.red(`${dead} dead`) : "",
    ]),
  );
  section(
    "databases",
    status.databases.map(({ name, status, engine, servedBy, region }) => [
      region === undefined ? name : `${name} in ${region}`,
      (status === "available" ? colours.green : colours.yellow)(status),
      engine,
      servedBy === undefined ? "" : `served by ${servedBy}`,
    ]),
  );
  section(
    "rotations",
    (status.rotations ?? []).map((rotation) => [rotation.name, ...rotationText(rotation, colours, now)]),
  );
  const calm = status.alarms.filter(({ state }) => state === "OK").length;
  const unsure = status.alarms.filter(({ state }) => state === "INSUFFICIENT_DATA").length;
  section("alarms", [
    ...status.alarms.filter(({ state }) => state === "ALARM").map(({ name, reason }) => [colours.red(name), reason ?? ""]),
    ...(calm > 0 ? [[colours.green(`${calm} quiet`), ""]] : []),
    ...(unsure > 0 ? [[colours.dim(`${unsure} without data yet`), ""]] : []),
  ]);
  section(
    "stacks not in order",
    status.stacks
      .filter(({ status }) => !/^(CREATE|UPDATE|IMPORT)_COMPLETE$/.test(status))
      .map(({ name, status, reason }) => [name, colours.yellow(status), reason ?? ""]),
  );
  section(
    "secrets without a value",
    status.missingSecrets.map((name) => [colours.yellow(name), `plinth secrets set ${name}${options}`]),
  );
  if (status.lease)
    lines.push("", `${status.lease.owner} on ${status.lease.host} runs ${status.lease.purpose} since ${status.lease.since}.`);
  return lines;
}

/** What runs, and the attempt after it that did not come out whole. */
function releaseLines({ release, lastAttempt, lease }: Status, colours: Colours, now: Date, options: string): string[] {
  const text = ({ number, kind, of, commit, startedAt, from }: NonNullable<Status["release"]>) => {
    const what = kind === "rollback" ? ` (back to ${of})` : "";
    const made = commit ? `, commit ${commit.id.slice(0, 8)}${commit.dirty ? " with changes" : ""}` : "";
    return `${number}${what}${made}, ${ago(new Date(startedAt), now)}, by ${from}`;
  };
  const failed = lastAttempt && !(lastAttempt.result === "running" && lease);
  return [
    ...(release ? [`release ${text(release)}`] : []),
    ...(failed
      ? [
          colours.yellow(
            `release ${text(lastAttempt)}: ${lastAttempt.result === "running" ? "did not end" : lastAttempt.result}; plinth releases${options}`,
          ),
        ]
      : []),
  ];
}

/** One line, and a second that says why where a service is not as it should be. */
function serviceRows(service: Status["services"][number], colours: Colours, now: Date): string[][] {
  const { name, running, desired, pending, steady, rollout, reason, deployedAt, shift, health, url } = service;
  const count = `${running} of ${desired} running${pending > 0 ? `, ${pending} pending` : ""}`;
  const colour = steady
    ? desired === 0
      ? colours.dim
      : colours.green
    : rollout === "FAILED" || running === 0
      ? colours.red
      : colours.yellow;
  const state = rollout === "FAILED" ? "failed" : rollout === "IN_PROGRESS" && !steady ? "deploying, begun" : "deployed";
  const when = deployedAt === undefined ? "" : `${state} ${ago(new Date(deployedAt), now)}`;
  const row = [name, colour(count), healthText(health, colours), when, url ?? ""];
  const why = shift ? shiftText(shift) : reason;
  return why === undefined ? [row] : [row, ["", colours.dim(why)]];
}

/** How it ended the last time, and when it runs next. */
function taskRow({ name, run, last, schedule }: Status["tasks"][number], colours: Colours, now: Date): string[] {
  const when = last && ago(new Date(last.at), now);
  const ended =
    last === undefined
      ? colours.dim("has not run")
      : last.running
        ? colours.green(`runs since ${when}`.replace(/ ago$/, ""))
        : last.exitCode === undefined
          ? last.reason === undefined
            ? `ran ${when}`
            : colours.red(`did not start ${when}`)
          : (last.exitCode === 0 ? colours.green : colours.red)(`exit code ${last.exitCode} ${when}`);
  if (run !== "scheduled") return [name, ended, run === "by-hand" ? "" : "before services", ""];
  if (schedule?.next === undefined) return [name, ended, colours.yellow("will not run any more"), schedule?.expression ?? ""];
  return [name, ended, `next ${until(new Date(schedule.next), now)}`, schedule.expression];
}

/** When a login or token was rotated last, and will be next. */
export function rotationText(
  { last, next, pending, failure, expression }: NonNullable<Status["rotations"]>[number],
  colours: Colours,
  now: Date,
): string[] {
  const before = last === undefined ? "not yet" : ago(new Date(last), now);
  const state = failure !== undefined ? colours.red(`fails: ${failure}`) : pending ? colours.yellow("under way") : before;
  return [state, next === undefined ? "" : `next within ${until(new Date(next), now).replace(/^in /, "")}`, expression];
}

function healthText(health: readonly string[], colours: Colours): string {
  const known = health.filter((one) => one !== "UNKNOWN");
  if (known.length === 0) return "";
  const unhealthy = known.filter((one) => one !== "HEALTHY").length;
  return unhealthy === 0 ? "healthy" : colours.red(`${unhealthy} unhealthy`);
}

function until(then: Date, now: Date): string {
  const past = ago(new Date(now.getTime() - Math.max(0, then.getTime() - now.getTime())), now);
  return `in ${past.replace(/ ago$/, "")}`;
}

export function ago(then: Date, now: Date): string {
  const seconds = Math.max(0, Math.round((now.getTime() - then.getTime()) / 1000));
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} days ago`;
}
