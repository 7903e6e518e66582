/** Scripts and functions: compiled once, run one at a time, with the server's commands in reach. The machine starts with the first script. */
import { createHash } from "node:crypto";
import type { Call } from "../command.ts";
import { type Protocol, RedisError, type Reply } from "../reply.ts";
import type { Session } from "../session.ts";
import type { Waiting } from "../waiting.ts";
import { errorTable, fromLua } from "./conversion.ts";
import { jsonFunctions } from "./json.ts";
import { knownFlag, type Library, libraryHeader, scriptHeader } from "./library.ts";
import { type FunctionReference, type LuaMachine, luaMachine, type Outcome } from "./machine.ts";
import { messagePackFunctions } from "./message-pack.ts";
import { prelude } from "./prelude.ts";
import { randomFunctions } from "./random.ts";
import { constants, redisFunctions, registration } from "./redis-functions.ts";
import { bitFunctions, structFunctions } from "./struct.ts";
import { isTable, list, LuaError, type LuaValue } from "./values.ts";

/** The script that has the server now. */
export interface RunningScript {
  name: string;
  kind: "script" | "function";
  words: readonly string[];
  startedMs: number;
  wrote: boolean;
  /** It has gone on for so long that others are told BUSY. */
  slow: boolean;
  killed: boolean;
}

/** What the engine needs of the server. */
export interface ScriptHost {
  version: string;
  nowMs(): number;
  /** After how long others are told that a script is running; 0 or less: never. */
  busyAfterMs(): number;
  /** Between `begin` and `commit` time stands still, and effects are kept together. */
  begin(): void;
  commit(): void;
  command(session: Session, words: readonly string[], readOnly: boolean): Reply;
  isWrite(name: string): boolean;
  /** Runs when others had their turn. */
  later(run: () => void): void;
}

export interface ScriptRun {
  source: { script: string } | { sha: string } | { function: string };
  keys: readonly string[];
  args: readonly string[];
  readOnly: boolean;
}

export interface ScriptEngine {
  readonly running: RunningScript | undefined;
  run(call: Call, wanted: ScriptRun): Reply | Waiting;
  /** Keeps a script and gives its SHA-1. */
  load(source: string): string;
  has(sha: string): boolean;
  flushScripts(): void;
  readonly libraries: ReadonlyMap<string, Library>;
  loadLibrary(code: string, replace: boolean): string;
  deleteLibrary(name: string): void;
  flushLibraries(): void;
  kill(kind: RunningScript["kind"]): void;
  readonly scriptCount: number;
}

const killWords = { script: "Script killed by user with SCRIPT KILL", function: "Function killed by user with FUNCTION KILL" };

/** How long a slow script goes on before others are heard again. */
const sliceMs = 20;

export function scriptEngine(host: ScriptHost): ScriptEngine {
  /** Scripts by SHA-1; `reference` once they are compiled. */
  const scripts = new Map<string, { source: string; flags: string[]; body: string; reference?: FunctionReference }>();
  let libraries = new Map<string, Library>();
  let running: RunningScript | undefined;
  let current: { session: Session; readOnly: boolean } | undefined;
  let protocol: Protocol = 2;
  /** The library whose code runs to register its functions. */
  let loading: Library | undefined;
  let machineNow: LuaMachine | undefined;

  const calls = redisFunctions({
    command(words) {
      const { session, readOnly } = current!;
      if (running && host.isWrite(words[0]!)) running.wrote = true;
      return host.command(session, words, readOnly);
    },
    protocol: () => protocol,
    setProtocol(next) {
      protocol = next;
      current!.session.protocol = next;
    },
    loading: () => loading !== undefined,
    log: (level, text) => void (level > 1 && process.stderr.write(`${text}\n`)),
    register(args) {
      const { name, description, flags, callback } = registration(args);
      const fault = (message: string) => new LuaError(errorTable(`ERR ${message}`));
      if (!/^\w+$/.test(name))
        throw fault("Library names can only contain letters, numbers, or underscores(_) and must be at least one character long");
      if (flags.some((flag) => !knownFlag(flag))) throw fault("unknown flag given");
      if (loading!.functions.has(name)) throw fault("Function already exists in the library");
      const reference = machine().keep(callback === "argument" ? 2 : { argument: 1, field: "callback" });
      loading!.functions.set(name, { name, description, flags, reference });
    },
  });

  function machine(): LuaMachine {
    if (machineNow) return machineNow;
    machineNow = luaMachine(
      host.nowMs,
      { ...calls, ...jsonFunctions(), ...messagePackFunctions, ...structFunctions, ...bitFunctions, ...randomFunctions() },
      constants(host.version),
      prelude,
    );
    // What stood in a machine that broke.
    for (const script of scripts.values()) delete script.reference;
    const before = libraries;
    libraries = new Map();
    for (const { code } of before.values()) loadLibrary(code, true);
    return machineNow;
  }

  function load(source: string): string {
    const sha = createHash("sha1").update(source, "latin1").digest("hex");
    if (scripts.has(sha)) return sha;
    const script = { source, ...scriptHeader(source) };
    scripts.set(sha, { ...script, reference: compile(script.body) });
    return sha;
  }

  function compile(body: string): FunctionReference {
    try {
      return machine().load(body, "@user_script");
    } catch (error) {
      throw new RedisError(`ERR Error compiling script (new function): ${textOf(error)}`);
    }
  }

  function loadLibrary(code: string, replace: boolean): string {
    const { name, body } = libraryHeader(code);
    const before = libraries.get(name);
    if (before && !replace) throw new RedisError(`ERR Library '${name}' already exists`);
    const library: Library = { name, code, functions: new Map() };
    const lua = machine();
    const drop = ({ functions }: Library) => functions.forEach(({ reference }) => lua.forget(reference));
    try {
      let reference: FunctionReference;
      try {
        reference = lua.load(body, "@user_function");
      } catch (error) {
        throw new RedisError(`ERR Error compiling function: ${textOf(error)}`);
      }
      loading = library;
      const startedMs = host.nowMs();
      const outcome = guarded(() =>
        lua.run(reference, [], () => (host.nowMs() - startedMs > 500 ? { error: "FUNCTION LOAD timeout" } : "go on")),
      );
      lua.forget(reference);
      if (outcome.state === "failed") throw new RedisError(`ERR Error registering functions: ${messageOf(outcome.error)}`);
      if (library.functions.size === 0) throw new RedisError("ERR No functions registered");
      for (const [other, { functions }] of libraries)
        for (const each of functions.keys())
          if (other !== name && library.functions.has(each)) throw new RedisError(`ERR Function ${each} already exists`);
    } catch (error) {
      drop(library);
      throw error;
    } finally {
      loading = undefined;
    }
    if (before) drop(before);
    libraries.set(name, library);
    return name;
  }

  /** A machine that broke (a fault of WebAssembly, no memory) is thrown away: the next script has a new one. */
  function guarded(run: () => Outcome): Outcome {
    try {
      return run();
    } catch (error) {
      machineNow = undefined;
      process.stderr.write(`the Lua machine broke: ${error instanceof Error ? error.stack : String(error)}\n`);
      return { state: "failed", error: "the Lua machine broke; it was started anew" };
    }
  }

  function find(wanted: ScriptRun): { reference: FunctionReference; name: string; flags: readonly string[]; kind: RunningScript["kind"] } {
    const { source } = wanted;
    if ("function" in source) {
      machine();
      for (const { functions } of libraries.values()) {
        const found = functions.get(source.function);
        if (found) return { ...found, kind: "function" };
      }
      throw new RedisError("ERR Function not found");
    }
    const sha = "sha" in source ? source.sha.toLowerCase() : load(source.script);
    const script = scripts.get(sha);
    if (!script) throw new RedisError("NOSCRIPT No matching script. Please use EVAL.");
    machine();
    script.reference ??= compile(script.body);
    return { reference: script.reference, name: sha, flags: script.flags, kind: "script" };
  }

  function run(call: Call, wanted: ScriptRun): Reply | Waiting {
    if (running) throw new RedisError("ERR A script runs already");
    const found = find(wanted);
    if (found.kind === "function" && wanted.readOnly && !found.flags.includes("no-writes"))
      throw new RedisError("ERR Can not execute a script with write flag using *_ro command.");
    const lua = machine();
    const { session } = call;
    const script: RunningScript = {
      name: found.name,
      kind: found.kind,
      words: [session.lastCommand, ...call.args],
      startedMs: host.nowMs(),
      wrote: false,
      slow: false,
      killed: false,
    };
    running = script;
    protocol = 2;
    current = { session: inside(session), readOnly: wanted.readOnly || found.flags.includes("no-writes") };
    const [keys, args] = [list(wanted.keys), list(wanted.args)];
    for (const [name, value] of [
      ["KEYS", keys],
      ["ARGV", args],
    ] as const)
      lua.setGlobal(name, found.kind === "script" ? value : undefined);
    host.begin();
    const sliceStart = { ms: script.startedMs };
    const watch = () => {
      if (script.killed) return { error: `${killWords[script.kind]}...` };
      const nowMs = realNowMs();
      const busyAfterMs = host.busyAfterMs();
      if (!call.mayPause || busyAfterMs <= 0 || nowMs - script.startedMs < busyAfterMs || nowMs - sliceStart.ms < sliceMs) return "go on";
      return "pause";
    };
    const realNowMs = host.nowMs;
    const finish = (outcome: Exclude<Outcome, { state: "paused" }>): Reply => {
      host.commit();
      running = undefined;
      current = undefined;
      if (outcome.state === "done") return fromLua(outcome.values[0], protocol);
      const where = outcome.source === undefined ? "" : `, on ${outcome.source}:${outcome.line}.`;
      return new RedisError(`${messageOf(outcome.error)} script: ${found.name}${where}`);
    };
    const first = guarded(() => lua.run(found.reference, found.kind === "script" ? [] : [keys, args], watch));
    if (first.state !== "paused") return finish(first);
    script.slow = true;
    const goOn = (outcome: Outcome) => {
      if (outcome.state === "paused") {
        host.later(() => {
          sliceStart.ms = realNowMs();
          goOn(guarded(outcome.resume));
        });
        return;
      }
      const reply = finish(outcome);
      session.blocked?.done(reply);
    };
    goOn(first);
    return { waiting: true, keys: [], timeoutMs: 0, onTimeout: null, attempt: () => undefined };
  }

  return {
    get running() {
      return running;
    },
    run,
    load,
    has: (sha) => scripts.has(sha.toLowerCase()),
    flushScripts() {
      for (const { reference } of scripts.values()) if (reference) machineNow?.forget(reference);
      scripts.clear();
      machineNow?.collectGarbage();
    },
    get libraries() {
      return libraries;
    },
    loadLibrary,
    deleteLibrary(name) {
      const library = libraries.get(name);
      if (!library) throw new RedisError("ERR Library not found");
      for (const { reference } of library.functions.values()) machineNow?.forget(reference);
      libraries.delete(name);
    },
    flushLibraries() {
      for (const name of libraries.keys()) this.deleteLibrary(name);
    },
    kill(kind) {
      if (!running) throw new RedisError("NOTBUSY No scripts in execution right now.");
      if (running.kind !== kind)
        throw new RedisError(
          `BUSY Redis is busy running a ${running.kind}. You can only call ${running.kind === "script" ? "SCRIPT KILL" : "FUNCTION KILL"} or SHUTDOWN NOSAVE.`,
        );
      if (running.wrote)
        throw new RedisError(
          "UNKILLABLE Sorry the script already executed write commands against the dataset. You can either wait the script termination or kill the server in a hard way using the SHUTDOWN NOSAVE command.",
        );
      running.killed = true;
    },
    get scriptCount() {
      return scripts.size;
    },
  };
}

/** The session as commands of a script see it: on the same database, which the script may leave, and without a voice. */
function inside(session: Session): Session {
  return Object.create(session, {
    protocol: { value: 2, writable: true },
    database: { value: session.database, writable: true },
    queue: { value: undefined, writable: true },
    send: { value: () => {} },
  }) as Session;
}

const textOf = (error: unknown): string => {
  if (!(error instanceof LuaError)) throw error;
  return error.message;
};

/** An error's words with its code: of a table its `err`, of all else `ERR` and the text. */
function messageOf(error: LuaValue): string {
  if (isTable(error)) {
    const text = error.get("err");
    return typeof text === "string" ? text.replace(/^-/, "") : "ERR unknown error";
  }
  return `ERR ${error === undefined ? "nil" : String(error)}`;
}
