/** `plinth logs`: show what the programs write, merged by time. */
import type { LogLine } from "@plinth/deployer";
import { loadApp } from "../app/load-app.ts";
import { inPlace } from "../app/placed-app.ts";
import type { Command } from "../command.ts";
import { parseSpan } from "../duration.ts";
import { exitCode } from "../exit-code.ts";
import { connectToRunning } from "../target.ts";
import type { Colours } from "../terminal/terminal.ts";

export const command: Command = {
  summary: "Show what the programs write, merged by time",
  description:
    "Lines of all tasks in the order of time, each once, also those that come in up to ten seconds late; of a database, named, what its " +
    "server writes, and of a load balancer its access log, which comes every five minutes; for these --filter is a text that stands in " +
    "the line.",
  about: "stage",
  json: true,
  arguments: [{ name: "NAME", description: "a service, task, database or load balancer of the app; default: all programs" }],
  options: [
    { flags: "--follow", description: "go on with what comes, until Ctrl-C" },
    { flags: "--since <span>", description: "how far back: 90s, 10m, 2h, 1d", default: "10m" },
    { flags: "--filter <pattern>", description: "only lines that match a filter pattern of CloudWatch Logs" },
  ],
  examples: [
    { command: "plinth logs --follow", what: "everything, as it comes" },
    { command: "plinth logs web --since 2h --filter error", what: "lines of web with the word error" },
    { command: "plinth logs database --since 1h", what: "what its server has written" },
    { command: "plinth logs --json", what: "one JSON object a line" },
  ],
  async run(invocation) {
    const { options, json, terminal, signal } = invocation;
    const span = parseSpan(String(options["since"]));
    const loaded = await loadApp(invocation);
    const aws = await connectToRunning(invocation, loaded);
    const assembly = await inPlace(invocation, loaded, aws);
    const [{ readLogs }, { realTime }] = await Promise.all([import("@plinth/deployer/logs"), import("@plinth/deployer")]);
    const program = invocation.arguments["NAME"];
    const filter = options["filter"];
    const lines = readLogs(aws, realTime, assembly, {
      ...(program === undefined ? {} : { program }),
      ...(typeof filter === "string" ? { filter } : {}),
      since: new Date(Date.now() - span),
      follow: options["follow"] === true,
      signal,
    });
    const names = assembly.programs.map(({ name }) => name);
    const shown = program === undefined ? names : [program];
    for await (const line of lines) terminal.print(json ? JSON.stringify(line) : logText(line, names, shown, terminal.colours));
    aws.close();
    return signal.aborted ? exitCode.interrupted : exitCode.done;
  },
};

const palette = ["cyan", "yellow", "green", "magenta", "blue"] as const;

/** Each program has its colour, by its place in the app. */
function logText({ program, task, at, message }: LogLine, names: readonly string[], shown: readonly string[], colours: Colours): string {
  const colour = palette[Math.max(0, names.indexOf(program)) % palette.length]!;
  const width = Math.max(...shown.map((name) => name.length));
  return `${colours.dim(at.toISOString().slice(11, 23))} ${colours[colour](program.padEnd(width))} ${colours.dim(task)} ${message.replace(/\n$/, "")}`;
}
