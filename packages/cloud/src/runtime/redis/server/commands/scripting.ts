/** Scripts: EVAL and its kin, and the cache of scripts (SCRIPT). */
import { count } from "../arguments.ts";
import { type Call, command, type Commands } from "../command.ts";
import type { ScriptRun } from "../lua/engine.ts";
import { ok, RedisError, type Reply } from "../reply.ts";
import type { Waiting } from "../waiting.ts";

/** The keys and the other arguments of a script: `numkeys key … arg …`. */
export function keysAndArgs(
  words: readonly string[],
  fault = "ERR value is not an integer or out of range",
): Pick<ScriptRun, "keys" | "args"> {
  if (!/^-?\d{1,18}$/.test(words[0] ?? "")) throw new RedisError(fault);
  const amount = count(words[0]);
  if (amount > words.length - 1) throw new RedisError("ERR Number of keys can't be greater than number of args");
  if (amount < 0) throw new RedisError("ERR Number of keys can't be negative");
  return { keys: words.slice(1, 1 + amount), args: words.slice(1 + amount) };
}

function evaluate(by: "script" | "sha", readOnly: boolean) {
  return (call: Call): Reply | Waiting => {
    const [source, ...rest] = call.args as [string, ...string[]];
    const given = by === "script" ? { script: source } : { sha: source };
    return call.server.scripts.run(call, { source: given, ...keysAndArgs(rest), readOnly });
  };
}

function script(call: Call): Reply {
  const [subcommand, ...rest] = call.args as [string, ...string[]];
  const { scripts } = call.server;
  const name = subcommand.toLowerCase();
  const wrongNumber = () => new RedisError(`ERR wrong number of arguments for 'script|${name}' command`);
  switch (name) {
    case "load":
      if (rest.length !== 1) throw wrongNumber();
      return scripts.load(rest[0]!);
    case "exists":
      if (rest.length === 0) throw wrongNumber();
      return rest.map((sha) => (scripts.has(sha) ? 1 : 0));
    case "flush":
      if (rest.length > 1 || (rest.length === 1 && !["SYNC", "ASYNC"].includes(rest[0]!.toUpperCase())))
        throw new RedisError("ERR SCRIPT FLUSH only support SYNC|ASYNC option");
      scripts.flushScripts();
      return ok;
    case "kill":
      if (rest.length > 0) throw wrongNumber();
      scripts.kill("script");
      return ok;
    default:
      throw new RedisError(`ERR unknown subcommand '${subcommand}'. Try SCRIPT HELP.`);
  }
}

export const scripting: Commands = {
  EVAL: command(-3, "noscript stale", null, evaluate("script", false)),
  EVALSHA: command(-3, "noscript stale", null, evaluate("sha", false)),
  EVAL_RO: command(-3, "readonly noscript stale", null, evaluate("script", true)),
  EVALSHA_RO: command(-3, "readonly noscript stale", null, evaluate("sha", true)),
  SCRIPT: command(-2, "noscript", null, script),
};
