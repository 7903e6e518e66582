/** The command line: from the table of commands to commander, and from what was typed to one invocation. */
import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { Command as Commander, CommanderError } from "commander";
import type { Command, Invocation } from "./command.ts";
import { commands, groups } from "./commands/index.ts";
import { parseSpan } from "./duration.ts";
import { exitCode, type ExitCode } from "./exit-code.ts";
import { Failure } from "./failure.ts";
import type { Terminal } from "./terminal/terminal.ts";

export interface CommandLineInput {
  /** Without the program's name. */
  words: readonly string[];
  workingFolder: string;
  terminal: Terminal;
  signal: AbortSignal;
  version: string;
}

/** Runs the command that the words name. @throws Failure, of a wrong command line with exit code `usage`. */
export async function runCommandLine({ words, workingFolder, terminal, signal, version }: CommandLineInput): Promise<ExitCode> {
  let exit: ExitCode = exitCode.done;
  const program = frame(new Commander("plinth"), terminal)
    .description("One typed file describes a product's cloud; it runs on AWS, or for real on this machine.")
    .version(version)
    // Behind a command's name `--version` is that command's own.
    .enablePositionalOptions()
    .addHelpText("after", "\nplinth COMMAND --help explains a command with examples. Exit codes: docs/commands.md.");
  const dashes = words.indexOf("--");
  let [own, behind] = [words, [] as readonly string[]];
  for (const [name, command] of await commandsFor(words)) {
    const [group, member] = name.split(" ");
    let parent = program;
    if (member !== undefined) {
      parent =
        program.commands.find((one) => one.name() === group) ?? frame(program.command(group!), terminal).description(groups[group!]!);
    }
    if (command.behind !== undefined && dashes >= 0) [own, behind] = [words.slice(0, dashes), words.slice(dashes + 1)];
    const commander = describe(frame(parent.command(member ?? group!), terminal), command);
    commander.action(async (...values: unknown[]) => {
      exit = await command.run(toInvocation(command, values, { workingFolder, terminal, signal, behind }));
    });
  }
  try {
    await program.parseAsync(own.length === 0 ? ["--help"] : own, { from: "user" });
    return exit;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return exitCode.done;
    const message = error.message.replace(/^error: /, "");
    throw new Failure(error.code === "commander.help" ? "A command is missing." : `${message.charAt(0).toUpperCase()}${message.slice(1)}`, {
      code: "usage",
      exit: exitCode.usage,
      remedy: "plinth --help lists the commands; plinth COMMAND --help explains one.",
    });
  }
}

/** Only the command that is named; all of them when none is, for help. */
async function commandsFor(words: readonly string[]): Promise<[string, Command][]> {
  const [first = "", second = ""] = words;
  const named = [`${first} ${second}`, first].find((name) => Object.hasOwn(commands, name));
  const names = named === undefined ? Object.keys(commands) : [named];
  return Promise.all(names.map(async (name) => [name, (await commands[name]!()).command] as [string, Command]));
}

function frame(commander: Commander, terminal: Terminal): Commander {
  return commander
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.print(text.replace(/\n$/, "")),
      writeErr: (text) => terminal.note(text.replace(/\n$/, "")),
      outputError: () => undefined, // told once, as every failure is
      getOutHelpWidth: () => 100,
    })
    .helpOption("--help", "explain the command")
    .helpCommand(false)
    .showSuggestionAfterError(true);
}

function describe(commander: Commander, command: Command): Commander {
  commander.summary(command.summary);
  commander.description(command.description === undefined ? `${command.summary}.` : `${command.summary}.\n\n${command.description}`);
  for (const { name, required, rest, description } of command.arguments ?? []) {
    const word = rest ? `${name}...` : name;
    commander.argument(required ? `<${word}>` : `[${word}]`, description);
  }
  if (command.behind !== undefined) commander.usage(`${commander.usage()} [-- COMMAND...]`);
  commander.option("--app <dir>", "the app's folder; default: the current one");
  if (command.about === "stage") {
    commander.option("--stage <name>", "the stage", "local");
    commander.option("--local", "that stage in the embedded cloud instead of AWS");
  }
  for (const { flags, description, default: preset, many } of command.options ?? []) {
    if (many)
      commander.option(flags, description, (value: string, so: string | undefined) => (so === undefined ? value : `${so},${value}`));
    else commander.option(flags, description, preset);
  }
  if (command.changes) {
    commander.option("--wait [time]", "wait for somebody else who holds the stage, at most so long (1h), instead of ending with 5");
  }
  if (command.json) commander.option("--json", "answer as JSON");
  const examples = command.examples.map(({ command: line, what }) => `  ${line}${what === "" ? "" : `\n      ${what}`}`);
  commander.addHelpText("after", `\nExamples:\n${examples.join("\n")}`);
  return commander;
}

/** Commander hands over the arguments in their order, then the options, then itself. */
function toInvocation(
  command: Command,
  values: readonly unknown[],
  given: { workingFolder: string; terminal: Terminal; signal: AbortSignal; behind: readonly string[] },
): Invocation {
  const taken = command.arguments ?? [];
  const named = taken.flatMap(({ name, rest }, index) => (rest ? [] : [[name, values[index] as string | undefined] as const]));
  const options = values[taken.length] as Invocation["options"];
  const app = options["app"];
  const { terminal, signal, behind } = given;
  const folder = resolve(given.workingFolder, typeof app === "string" ? app : ".");
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    throw new Failure(`${folder} is no folder.`, { code: "usage", exit: exitCode.usage, remedy: "--app takes the app's folder." });
  }
  const stage = String(options["stage"] ?? "local");
  return {
    arguments: Object.fromEntries(named),
    rest: taken.flatMap(({ rest }, index) => (rest ? ((values[index] as string[] | undefined) ?? []) : [])),
    behind,
    options,
    folder,
    stage,
    local: stage === "local" || options["local"] === true,
    json: options["json"] === true,
    waitMs: waitMsOf(options["wait"]),
    terminal,
    signal,
  };
}

const waitMsOf = (given: string | boolean | undefined): number =>
  given === undefined || given === false ? 0 : parseSpan(given === true ? "1h" : given);
