/**
 * Reading a Dockerfile as far as running its result needs: stages, and what the chosen one says about how it is run.
 * Nothing is built. Source: the Dockerfile reference of Docker (parser directives, escapes, heredocs, substitution).
 */
import { posix } from "node:path";
import { substitute } from "./dockerfile-substitution.ts";

export interface RunConfiguration {
  /** Absolute; `undefined` when no stage sets one. */
  workingDirectory?: string;
  env: Record<string, string>;
  /** In exec form; a shell form is `[shell…, text]`. */
  entrypoint?: string[];
  command?: string[];
  user?: string;
  exposedPorts: number[];
  /** Where in the image the root of the context is copied to: the target of `COPY . …`, else the working directory. */
  contextRoot?: string;
}

export class DockerfileError extends Error {
  readonly line: number;

  constructor(message: string, line: number) {
    super(`line ${line}: ${message}`);
    this.line = line;
  }
}

export interface Instruction {
  /** In capitals: `COPY`. */
  name: string;
  /** Continued lines joined; bodies of heredocs left out. */
  text: string;
  line: number;
}

export interface DockerfileOptions {
  /** The stage to run; default: the last. */
  target?: string;
  args?: Readonly<Record<string, string>>;
  /** As `linux/amd64`. */
  platform?: string;
}

interface Stage {
  name: string | undefined;
  args: Map<string, string>;
  configuration: RunConfiguration;
  shell: string[];
  /** Whether this stage itself has set CMD: ENTRYPOINT takes an inherited one away. */
  ownCommand: boolean;
}

/** What the chosen stage says. @throws DockerfileError, which names the line. */
export function runConfiguration(dockerfile: string, options: DockerfileOptions = {}): RunConfiguration {
  const { instructions, escape } = readInstructions(dockerfile);
  const given = options.args ?? {};
  const global = new Map(Object.entries(platformArgs(options.platform ?? "linux/amd64")));
  const stages: Stage[] = [];
  for (const instruction of instructions) {
    const stage = stages.at(-1);
    if (instruction.name === "FROM") {
      if (stage && options.target !== undefined && isStage(stage, stages.length - 1, options.target)) break;
      stages.push(openStage(instruction, stages, global, escape));
    } else if (!stage) {
      if (instruction.name !== "ARG") throw new DockerfileError(`${instruction.name} before the first FROM`, instruction.line);
      for (const [name, value] of declaredArgs(instruction, given, (text) => substitute(text, global, escape))) {
        if (value !== undefined) global.set(name, value);
      }
    } else {
      apply(instruction, stage, given, global, escape);
    }
  }
  const last = stages.at(-1);
  if (!last) throw new DockerfileError("no FROM", 1);
  if (options.target !== undefined && !isStage(last, stages.length - 1, options.target)) {
    const names = stages.flatMap(({ name }) => (name === undefined ? [] : [name]));
    throw new DockerfileError(`no stage is called ${options.target}; there are: ${names.join(", ") || "none with a name"}`, 1);
  }
  return last.configuration;
}

const isStage = (stage: Stage, index: number, target: string) => stage.name === target.toLowerCase() || String(index) === target;

function openStage(instruction: Instruction, stages: Stage[], global: ReadonlyMap<string, string>, escape: string): Stage {
  const words = substitute(instruction.text, global, escape)
    .split(/\s+/)
    .filter((word) => !word.startsWith("--"));
  const [image, as, name] = words;
  if (!image || (words.length > 1 && (as?.toUpperCase() !== "AS" || !name || words.length > 3))) {
    throw new DockerfileError("FROM takes an image, or an image AS a name", instruction.line);
  }
  const base = stages.findLast((stage) => stage.name === image.toLowerCase());
  const inherited = base?.configuration;
  return {
    name: name?.toLowerCase(),
    args: new Map(),
    configuration: inherited
      ? { ...inherited, env: { ...inherited.env }, exposedPorts: [...inherited.exposedPorts] }
      : { env: {}, exposedPorts: [] },
    shell: base?.shell ?? ["/bin/sh", "-c"],
    ownCommand: false,
  };
}

function apply(
  instruction: Instruction,
  stage: Stage,
  given: Readonly<Record<string, string>>,
  global: ReadonlyMap<string, string>,
  escape: string,
): void {
  const { configuration } = stage;
  const expand = (text: string) => substitute(text, new Map([...stage.args, ...Object.entries(configuration.env)]), escape);
  switch (instruction.name) {
    case "ARG":
      for (const [name, value] of declaredArgs(instruction, given, expand)) {
        const chosen = value ?? global.get(name);
        if (chosen !== undefined) stage.args.set(name, chosen);
      }
      return;
    case "ENV":
      for (const [name, value] of assignments(instruction, expand, escape)) configuration.env[name] = value;
      return;
    case "WORKDIR":
      configuration.workingDirectory = posix.resolve(configuration.workingDirectory ?? "/", expand(instruction.text).trim());
      return;
    case "USER":
      configuration.user = expand(instruction.text).trim();
      return;
    case "SHELL":
      stage.shell = execForm(instruction) ?? fail("SHELL takes a JSON list", instruction);
      return;
    case "ENTRYPOINT":
      configuration.entrypoint = execForm(instruction) ?? [...stage.shell, instruction.text];
      if (!stage.ownCommand) delete configuration.command;
      return;
    case "CMD":
      configuration.command = execForm(instruction) ?? [...stage.shell, instruction.text];
      stage.ownCommand = true;
      return;
    case "EXPOSE":
      for (const word of expand(instruction.text).split(/\s+/)) exposePort(word, configuration, instruction);
      return;
    case "COPY":
    case "ADD":
      noteContextRoot(expand(instruction.text), instruction, configuration);
      return;
    default: // RUN, LABEL, VOLUME, STOPSIGNAL, HEALTHCHECK, ONBUILD, MAINTAINER: nothing that starting it needs
  }
}

function exposePort(word: string, configuration: RunConfiguration, instruction: Instruction): void {
  const [, from, to = from] = /^(\d+)(?:-(\d+))?(?:\/(?:tcp|udp))?$/.exec(word) ?? fail(`EXPOSE of ${JSON.stringify(word)}`, instruction);
  for (let port = Number(from); port <= Number(to); port += 1) {
    if (!configuration.exposedPorts.includes(port)) configuration.exposedPorts.push(port);
  }
}

/** `COPY . /srv`, `COPY ./ ./`: from the context, not from another stage. */
function noteContextRoot(text: string, instruction: Instruction, configuration: RunConfiguration): void {
  const words = execForm({ ...instruction, text }) ?? text.split(/\s+/);
  if (words.some((word) => word.startsWith("--from"))) return;
  const paths = words.filter((word) => !word.startsWith("--"));
  if (paths.length !== 2 || posix.normalize(`${paths[0]}/`) !== "./") return;
  configuration.contextRoot ??= posix.resolve(configuration.workingDirectory ?? "/", paths[1]!);
}

function declaredArgs(
  instruction: Instruction,
  given: Readonly<Record<string, string>>,
  expand: (text: string) => string,
): [string, string | undefined][] {
  return words(instruction.text, "\\").map((word) => {
    const [, name = "", value] = /^([^=]+)(?:=([\s\S]*))?$/.exec(word) ?? fail(`ARG of ${JSON.stringify(word)}`, instruction);
    return [name, given[name] ?? (value === undefined ? undefined : expand(value))];
  });
}

/** `ENV a=1 b="two words"`, and the old `ENV a one two`. Values see the environment before the instruction. */
function assignments(instruction: Instruction, expand: (text: string) => string, escape: string): [string, string][] {
  const { text } = instruction;
  if (!/^[^\s=]+=/.test(text)) {
    const [, name = "", value = ""] = /^(\S+)\s+([\s\S]+)$/.exec(text) ?? fail("ENV takes NAME=VALUE", instruction);
    return [[name, expand(value)]];
  }
  return words(text, escape).map((word) => {
    const at = word.indexOf("=");
    if (at < 1) return fail(`ENV of ${JSON.stringify(word)}: it has to be NAME=VALUE`, instruction);
    return [word.slice(0, at), expand(word.slice(at + 1))];
  });
}

/** Splits at blanks outside quotes; quotes stay, for `substitute` to take away. */
function words(text: string, escape: string): string[] {
  const found: string[] = [];
  let word = "";
  let quote = "";
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index]!;
    if (character === escape && quote !== "'" && index + 1 < text.length) {
      word += character + text[(index += 1)];
    } else if (quote ? character === quote : character === '"' || character === "'") {
      quote = quote ? "" : character;
      word += character;
    } else if (!quote && /\s/.test(character)) {
      if (word) found.push(word);
      word = "";
    } else word += character;
  }
  if (word) found.push(word);
  return found;
}

function execForm({ text }: Instruction): string[] | undefined {
  if (!text.startsWith("[")) return undefined;
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) && parsed.every((one) => typeof one === "string") ? parsed : undefined;
  } catch {
    return undefined; // Docker, too, takes what is no JSON list as a shell form
  }
}

function fail(message: string, { line }: Instruction): never {
  throw new DockerfileError(message, line);
}

/** The build arguments that a builder sets by itself. */
function platformArgs(platform: string): Record<string, string> {
  const [os = "", arch = "", variant = ""] = platform.split("/");
  const of = (prefix: string) => ({
    [`${prefix}PLATFORM`]: platform,
    [`${prefix}OS`]: os,
    [`${prefix}ARCH`]: arch,
    [`${prefix}VARIANT`]: variant,
  });
  return { ...of("TARGET"), ...of("BUILD") };
}

/** The instructions, with continued lines joined, comments and heredoc bodies left out. */
export function readInstructions(dockerfile: string): { instructions: Instruction[]; escape: string } {
  const lines = dockerfile.replace(/^\uFEFF/, "").split(/\r?\n/);
  const escape = escapeDirective(lines);
  const instructions: Instruction[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    if (/^\s*(#|$)/.test(lines[at]!)) continue;
    const line = at + 1;
    let text = "";
    for (; at < lines.length; at += 1) {
      const part = lines[at]!;
      if (text && /^\s*(#|$)/.test(part)) continue; // comments and blank lines within a continuation
      const continued = part.trimEnd().endsWith(escape);
      text += continued ? part.trimEnd().slice(0, -1) : part;
      if (!continued) break;
    }
    const [, name = "", rest = ""] = /^\s*([A-Za-z]+)(?:\s+([\s\S]*?))?\s*$/.exec(text) ?? [];
    if (!name) throw new DockerfileError(`${JSON.stringify(text.trim())} is no instruction`, line);
    instructions.push({ name: name.toUpperCase(), text: rest, line });
    if (["RUN", "COPY", "ADD"].includes(name.toUpperCase())) {
      for (const [, dash, , delimiter] of rest.matchAll(/(?:^|\s)<<(-?)(["']?)([A-Za-z_]\w*)\2/g)) {
        do at += 1;
        while (at < lines.length && (dash ? lines[at]!.replace(/^\t+/, "") : lines[at]) !== delimiter);
        if (at >= lines.length) throw new DockerfileError(`the heredoc ${delimiter} does not end`, line);
      }
    }
  }
  return { instructions, escape };
}

function escapeDirective(lines: readonly string[]): string {
  for (const line of lines) {
    const [, name, value] = /^\s*#\s*(\w+)\s*=\s*(.+?)\s*$/.exec(line) ?? [];
    if (!name) return "\\";
    if (name.toLowerCase() === "escape" && value === "`") return "`";
  }
  return "\\";
}
