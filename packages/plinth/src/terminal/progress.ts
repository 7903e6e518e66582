/** A deployment's progress: on a terminal a tree that is drawn over, elsewhere a line for each thing that happened. */
import type { DeployEvent, ResourceEvent } from "@plinth/deployer";
import type { Terminal } from "./terminal.ts";

export interface Progress {
  take(event: DeployEvent): void;
  /** Writes what still stands in the tree and gives the terminal back. */
  end(): void;
}

export function progressOn(terminal: Terminal, now: () => number = Date.now): Progress {
  return terminal.interactive ? liveProgress(terminal, now) : plainProgress(terminal);
}

const words: Record<string, string> = {
  identity: "identity",
  lease: "lease",
  "service-linked-roles": "service-linked roles",
  domains: "domains",
  stack: "stack",
  image: "image",
  secrets: "secrets",
  files: "files of",
  "database-administration": "logins and extensions of",
  migration: "task",
  health: "health",
  scale: "scale",
  restart: "restart",
  rotation: "rotate",
  recover: "continue the rollback of",
  failover: "change the region that writes",
  followers: "the regions that follow",
  pause: "stop",
  resume: "start",
  snapshot: "snapshot",
  restore: "restore",
  count: "rows of",
  "back-pass": "remove",
  outputs: "outputs",
};

/** `stack threa-local-network`, but `secrets` only once. */
function stepTitle({ kind, id }: { kind: string; id: string }): string {
  const word = words[kind] ?? kind;
  return word === id ? word : `${word} ${id}`;
}

export const seconds = (ms: number) =>
  ms < 9_950 ? `${(ms / 1000).toFixed(1)} s` : ms < 60_000 ? `${Math.round(ms / 1000)} s` : minutes(ms);

function minutes(ms: number): string {
  const total = Math.round(ms / 1000);
  return `${Math.floor(total / 60)} min ${String(total % 60).padStart(2, "0")} s`;
}

type StepEvent = Extract<DeployEvent, { type: "step" }>;

function finishedLine(terminal: Terminal, event: StepEvent): string {
  const { colours } = terminal;
  if (event.state === "started") return `  ${stepTitle(event)}`;
  const detail = event.detail === undefined ? "" : ` ${colours.dim(event.detail)}`;
  const time = colours.dim(` ${seconds(event.durationMs)}`);
  if (event.state === "failed") return `${colours.red("✗")} ${stepTitle(event)}${detail}${time}`;
  const mark = event.state === "skipped" ? colours.dim("·") : colours.green("✓");
  return `${mark} ${stepTitle(event)}${detail}${time}`;
}

const nameOf = ({ key, logicalId }: ResourceEvent) => (key === undefined ? logicalId : `${key}/${logicalId}`);

function resourceLine(terminal: Terminal, event: ResourceEvent): string {
  const { colours } = terminal;
  const status = event.status.endsWith("_FAILED") ? colours.red(event.status) : event.status;
  const reason = event.reason === undefined || !event.status.endsWith("_FAILED") ? "" : ` ${event.reason}`;
  return `    ${nameOf(event)} ${colours.dim(event.resourceType)} ${status}${reason}`;
}

/** Echoes of a failure elsewhere would hide it. */
const isEcho = (event: ResourceEvent) => /^Resource (creation|update) cancelled/i.test(event.reason ?? "");

function plainProgress(terminal: Terminal): Progress {
  return {
    take(event) {
      if (event.type === "step" && event.state !== "started") terminal.note(finishedLine(terminal, event));
      else if (event.type === "step" && ["stack", "image", "migration"].includes(event.kind)) terminal.note(`… ${stepTitle(event)}`);
      else if (event.type === "resource" && !isEcho(event) && /_(COMPLETE|FAILED)$/.test(event.status))
        terminal.note(resourceLine(terminal, event));
      else if (event.type === "log") terminal.note(`    ${event.task} | ${event.line}`);
      else if (event.type === "note") terminal.note(event.message);
    },
    end: () => undefined,
  };
}

const frameMs = 100;

function liveProgress(terminal: Terminal, now: () => number): Progress {
  const { colours } = terminal;
  const startedAt = now();
  const running = new Map<string, { event: StepEvent; at: number }>();
  const resources = new Map<string, { event: ResourceEvent; at: number }>();
  let drawn = 0;
  const erase = () => {
    if (drawn > 0) terminal.draw(`\u001B[${drawn}A\u001B[J`);
    drawn = 0;
  };
  const above = (line: string) => {
    erase();
    terminal.note(line);
    draw();
  };
  const draw = () => {
    erase();
    const lines: string[] = [];
    for (const { event, at } of running.values()) {
      lines.push(`${colours.cyan("…")} ${stepTitle(event)} ${colours.dim(seconds(now() - at))}`);
      for (const one of resources.values()) {
        if (one.event.stack === event.id.replace(/ \(back\)$/, ""))
          lines.push(`${resourceLine(terminal, one.event)} ${colours.dim(seconds(now() - one.at))}`);
      }
    }
    if (lines.length === 0) return;
    const room = Math.max(3, terminal.rows - 2);
    const shown = lines.length > room ? [...lines.slice(0, room - 1), colours.dim(`  and ${lines.length - room + 1} more`)] : lines;
    shown.push(colours.dim(`  ${seconds(now() - startedAt)}`));
    terminal.draw(`${shown.map((line) => clip(line, terminal.columns)).join("\n")}\n`);
    drawn = shown.length;
  };
  const timer = setInterval(draw, frameMs);
  timer.unref();
  return {
    take(event) {
      if (event.type === "step") {
        const id = `${event.kind} ${event.id}`;
        if (event.state === "started") {
          running.set(id, { event, at: now() });
          draw();
        } else {
          running.delete(id);
          above(finishedLine(terminal, event));
        }
      } else if (event.type === "resource") {
        const id = `${event.stack}/${event.logicalId}`;
        const known = resources.get(id);
        if (event.status.endsWith("_IN_PROGRESS") && event.resourceType !== "AWS::CloudFormation::Stack") {
          resources.set(id, { event, at: known?.at ?? now() });
        } else resources.delete(id);
        if (event.status.endsWith("_FAILED") && !isEcho(event)) above(resourceLine(terminal, event));
      } else if (event.type === "log") above(`    ${colours.dim(`${event.task} |`)} ${event.line}`);
      else above(event.message);
    },
    end() {
      clearInterval(timer);
      erase();
    },
  };
}

/** Cuts a line to the width, not counting colours. */
function clip(line: string, columns: number): string {
  let width = 0;
  let result = "";
  // oxlint-disable-next-line no-control-regex -- colours have no width
  for (const part of line.split(/(\u001B\[\d+m)/)) {
    if (part.startsWith("\u001B[")) result += part;
    else {
      const taken = part.slice(0, Math.max(0, columns - 1 - width));
      width += taken.length;
      result += taken;
    }
  }
  return result;
}
