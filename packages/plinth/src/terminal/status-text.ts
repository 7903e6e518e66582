/** The status of a stage as a page. */
import type { Status } from "@plinth/deployer";
import { table } from "./table.ts";
import type { Colours } from "./terminal.ts";

export function statusText(status: Status, colours: Colours, now: Date): string[] {
  const where = status.target === "embedded" ? "the embedded cloud" : `AWS ${status.region}`;
  const lines = [`${colours.bold(`${status.app} ${status.stage}`)} in ${where}`];
  if (!status.deployed) return [...lines, "", "Not deployed. plinth deploy"];
  const section = (title: string, rows: string[][]) => {
    if (rows.length > 0) lines.push("", colours.bold(title), ...table(rows, "  "));
  };
  const urls = Object.entries(status.outputs).flatMap(([name, outputs]) => (outputs["url"] === undefined ? [] : [[name, outputs["url"]]]));
  section("URLs", urls);
  section(
    "services",
    status.services.map(({ name, running, desired, pending, steady, reason, deployedAt, health }) => [
      name,
      (steady ? colours.green : colours.red)(`${running} of ${desired} running${pending > 0 ? `, ${pending} pending` : ""}`),
      healthText(health),
      deployedAt === undefined ? "" : `deployed ${ago(new Date(deployedAt), now)}`,
      reason ?? "",
    ]),
  );
  section(
    "databases",
    status.databases.map(({ name, status, engine, servedBy }) => [
      name,
      status,
      engine,
      servedBy === undefined ? "" : `served by ${servedBy}`,
    ]),
  );
  const firing = status.alarms.filter(({ state }) => state === "ALARM");
  const calm = status.alarms.length - firing.length;
  section("alarms", [...firing.map(({ name, reason }) => [colours.red(name), reason ?? ""]), ...(calm > 0 ? [[`${calm} quiet`, ""]] : [])]);
  section(
    "stacks not in order",
    status.stacks
      .filter(({ status }) => !/^(CREATE|UPDATE|IMPORT)_COMPLETE$/.test(status))
      .map(({ name, status, reason }) => [name, colours.yellow(status), reason ?? ""]),
  );
  section(
    "secrets without a value",
    status.missingSecrets.map((name) => [colours.yellow(name), `plinth secrets set ${name}`]),
  );
  if (status.lease)
    lines.push("", `${status.lease.owner} on ${status.lease.host} runs ${status.lease.purpose} since ${status.lease.since}.`);
  return lines;
}

function healthText(health: readonly string[]): string {
  const known = health.filter((one) => one !== "UNKNOWN");
  if (known.length === 0) return "";
  const unhealthy = known.filter((one) => one !== "HEALTHY").length;
  return unhealthy === 0 ? "healthy" : `${unhealthy} unhealthy`;
}

export function ago(then: Date, now: Date): string {
  const seconds = Math.max(0, Math.round((now.getTime() - then.getTime()) / 1000));
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} days ago`;
}
