/** `redis.*`: what a script can do with the server that runs it. */
import { createHash } from "node:crypto";
import { type Protocol, RedisError, type Reply } from "../reply.ts";
import { errorTable, toLua } from "./conversion.ts";
import { isTable, LuaError, type LuaFunction, luaNull, type LuaTable, type LuaValue, significant } from "./values.ts";

export interface ScriptCalls {
  /** Runs a command of the script; throws RedisError. */
  command(words: readonly string[]): Reply;
  protocol(): Protocol;
  setProtocol(protocol: Protocol): void;
  /** What happens with a function that is registered: only while a library loads. */
  register(args: readonly LuaValue[]): void;
  /** Whether a library is being loaded, when commands are out of reach. */
  loading(): boolean;
  log(level: number, text: string): void;
}

/** The constants that scripts find, by path. */
export const constants = (version: string): LuaTable => {
  const [major = 0, minor = 0, patch = 0] = version.split(".").map(Number);
  return new Map<string, LuaValue>([
    ["cjson.null", luaNull],
    ["cjson._NAME", "cjson"],
    ["cjson._VERSION", "2.1.0"],
    ["cmsgpack._NAME", "cmsgpack"],
    ["cmsgpack._VERSION", "lua-cmsgpack 0.4.0"],
    ...Object.entries({
      LOG_DEBUG: 0,
      LOG_VERBOSE: 1,
      LOG_NOTICE: 2,
      LOG_WARNING: 3,
      REPL_ALL: 3,
      REPL_AOF: 1,
      REPL_SLAVE: 2,
      REPL_REPLICA: 2,
      REPL_NONE: 0,
      REDIS_VERSION: version,
      REDIS_VERSION_NUM: (major << 16) | (minor << 8) | patch,
    }).map(([name, value]) => [`redis.${name}`, value] as const),
  ]);
};

/** The words of a command: strings as they are, numbers with all their digits. */
function wordsOf(args: readonly LuaValue[]): string[] {
  if (args.length === 0) throw new RedisError("ERR Please specify at least one argument for this redis lib call");
  return args.map((arg) => {
    if (typeof arg === "string") return arg;
    if (typeof arg === "number") return significant(arg, 17);
    throw new RedisError("ERR Lua redis lib command arguments must be strings or integers");
  });
}

export function redisFunctions(calls: ScriptCalls): Record<string, LuaFunction> {
  const only = (name: string) => {
    if (calls.loading()) throw new LuaError(`Script attempted to access nonexistent global variable '${name}'`, "positioned");
  };
  const call = (name: string, failed: (error: LuaTable) => readonly LuaValue[]): LuaFunction => {
    return (args) => {
      only(name);
      try {
        const reply = calls.command(wordsOf(args));
        if (!(reply instanceof RedisError)) return [toLua(reply, calls.protocol())];
        return failed(errorTable(reply.message));
      } catch (error) {
        if (error instanceof RedisError) return failed(errorTable(error.message));
        throw error;
      }
    };
  };
  const single = (field: "err" | "ok"): LuaFunction => {
    return ([text, ...rest]) => {
      if (typeof text !== "string" || rest.length > 0) return [errorTable("ERR wrong number or type of arguments")];
      if (field === "ok") return [new Map([["ok", text]])];
      return [errorTable(text.startsWith("-") ? text.slice(1) : text.includes(" ") ? text : `ERR ${text}`)];
    };
  };
  const fault = (message: string) => new LuaError(errorTable(`ERR ${message}`));
  return {
    "redis.call": call("call", (error) => {
      throw new LuaError(error);
    }),
    "redis.pcall": call("pcall", (error) => [error]),
    "redis.error_reply": single("err"),
    "redis.status_reply": single("ok"),
    "redis.sha1hex": ([text, ...rest]) => {
      if (text === undefined || rest.length > 0) throw fault("wrong number of arguments");
      const bytes = typeof text === "number" ? significant(text, 14) : typeof text === "string" ? text : "";
      return [createHash("sha1").update(bytes, "latin1").digest("hex")];
    },
    "redis.log": ([level, ...words]) => {
      if (words.length === 0) throw fault("redis.log() requires two arguments or more.");
      if (typeof level !== "number") throw fault("First argument must be a number (log level).");
      if (level < 0 || level > 3) throw fault("Invalid debug level.");
      calls.log(level, words.map((word) => (typeof word === "number" ? significant(word, 14) : String(word))).join(" "));
      return [];
    },
    "redis.setresp": (args) => {
      only("setresp");
      if (args.length !== 1) throw fault("redis.setresp() requires one argument.");
      if (args[0] !== 2 && args[0] !== 3) throw fault("RESP version must be 2 or 3.");
      calls.setProtocol(args[0]);
      return [];
    },
    // Effects are always what is kept, so these have nothing to choose.
    "redis.set_repl": () => [],
    "redis.replicate_commands": () => [true],
    "redis.breakpoint": () => [false],
    "redis.debug": () => [],
    "redis.acl_check_cmd": (args) => {
      wordsOf(args);
      return [true];
    },
    "redis.register_function": (args) => {
      if (!calls.loading()) throw new LuaError("attempt to call field 'register_function' (a nil value)", "positioned");
      calls.register(args);
      return [];
    },
  };
}

/** What `redis.register_function` was given: two arguments, or one table of names. */
export function registration(args: readonly LuaValue[]): {
  name: string;
  description: string | null;
  flags: string[];
  callback: "argument" | "field";
} {
  const fault = (message: string) => new LuaError(errorTable(`ERR ${message}`));
  if (args.length === 2) {
    if (typeof args[0] !== "string" && typeof args[0] !== "number")
      throw fault("first argument to redis.register_function must be a string");
    if (!isFunction(args[1])) throw fault("second argument to redis.register_function must be a function");
    return { name: String(args[0]), description: null, flags: [], callback: "argument" };
  }
  const [table] = args;
  if (args.length !== 1) throw fault("wrong number of arguments to redis.register_function");
  if (!isTable(table))
    throw fault("calling redis.register_function with a single argument is only applicable to Lua table (representing named arguments).");
  const known = new Set<unknown>(["function_name", "description", "callback", "flags"]);
  for (const key of table.keys()) if (!known.has(key)) throw fault("unknown argument given to redis.register_function");
  const [name, description, callback, flags] = ["function_name", "description", "callback", "flags"].map((key) => table.get(key));
  if (name === undefined) throw fault("redis.register_function must get a function name argument");
  if (typeof name !== "string") throw fault("function_name argument given to redis.register_function must be a string");
  if (callback === undefined) throw fault("redis.register_function must get a callback argument");
  if (!isFunction(callback)) throw fault("callback argument given to redis.register_function must be a function");
  if (flags !== undefined && !isTable(flags))
    throw fault("flags argument to redis.register_function must be a table representing function flags");
  return {
    name,
    description: typeof description === "string" ? description : null,
    flags: flags === undefined ? [] : [...flags.values()].map(String),
    callback: "field",
  };
}

const isFunction = (value: LuaValue) => typeof value === "object" && !isTable(value) && value.opaque === "function";
