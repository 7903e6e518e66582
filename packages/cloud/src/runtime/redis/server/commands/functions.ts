/** Functions: libraries in Lua that stay on the server (FUNCTION), and calls to them (FCALL). */
import { type Call, command, type Commands } from "../command.ts";
import { globMatcher } from "../glob.ts";
import { ok, RedisError, type Reply, syntaxError } from "../reply.ts";
import type { Waiting } from "../waiting.ts";
import { keysAndArgs } from "./scripting.ts";

function callFunction(readOnly: boolean) {
  return (call: Call): Reply | Waiting => {
    const [name, ...rest] = call.args as [string, ...string[]];
    return call.server.scripts.run(call, { source: { function: name }, ...keysAndArgs(rest, "ERR Bad number of keys provided"), readOnly });
  };
}

function listed(call: Call, rest: readonly string[]): Reply {
  let withCode = false;
  let matches: (name: string) => boolean = () => true;
  for (let at = 0; at < rest.length; at++) {
    const option = rest[at]!.toUpperCase();
    if (option === "WITHCODE") withCode = true;
    else if (option === "LIBRARYNAME" && rest[at + 1] !== undefined) matches = globMatcher(rest[++at]!);
    else throw new RedisError(`ERR Unknown argument ${rest[at]}`);
  }
  return [...call.server.scripts.libraries.values()]
    .filter(({ name }) => matches(name))
    .map(({ name, code, functions }) => ({
      map: [
        ["library_name", name],
        ["engine", "LUA"],
        [
          "functions",
          [...functions.values()].map((each) => ({
            map: [
              ["name", each.name],
              ["description", each.description],
              ["flags", { set: each.flags.map((flag) => ({ simple: flag })) }],
            ],
          })),
        ],
        ...(withCode ? ([["library_code", code]] as const) : []),
      ],
    }));
}

function statistics({ server }: Call): Reply {
  const { running, libraries } = server.scripts;
  const functions = [...libraries.values()].reduce((sum, each) => sum + each.functions.size, 0);
  return {
    map: [
      [
        "running_script",
        running?.kind === "function"
          ? {
              map: [
                ["name", running.name],
                ["command", running.words],
                ["duration_ms", server.nowMs() - running.startedMs],
              ],
            }
          : null,
      ],
      [
        "engines",
        {
          map: [
            [
              "LUA",
              {
                map: [
                  ["libraries_count", libraries.size],
                  ["functions_count", functions],
                ],
              },
            ],
          ],
        },
      ],
    ],
  };
}

function functionCommand(call: Call): Reply {
  const [subcommand, ...rest] = call.args as [string, ...string[]];
  const { scripts } = call.server;
  const name = subcommand.toLowerCase();
  const words = (fits: boolean) => {
    if (!fits) throw new RedisError(`ERR wrong number of arguments for 'function|${name}' command`);
  };
  if (!["load", "delete", "flush"].includes(name)) call.propagate();
  switch (name) {
    case "load": {
      words(rest.length > 0);
      const replace = rest.length > 1 && rest[0]!.toUpperCase() === "REPLACE";
      if (rest.length > 1 && !replace) throw new RedisError(`ERR Unknown option given: ${rest[0]}`);
      return scripts.loadLibrary(rest.at(-1)!, replace);
    }
    case "delete":
      words(rest.length === 1);
      scripts.deleteLibrary(rest[0]!);
      return ok;
    case "flush":
      if (rest.length > 1 || (rest.length === 1 && !["SYNC", "ASYNC"].includes(rest[0]!.toUpperCase()))) throw syntaxError();
      scripts.flushLibraries();
      return ok;
    case "list":
      return listed(call, rest);
    case "stats":
      return statistics(call);
    case "kill":
      scripts.kill("function");
      return ok;
    default:
      throw new RedisError(`ERR unknown subcommand '${subcommand}'. Try FUNCTION HELP.`);
  }
}

export const functions: Commands = {
  FCALL: command(-3, "noscript stale", null, callFunction(false)),
  FCALL_RO: command(-3, "readonly noscript stale", null, callFunction(true)),
  FUNCTION: command(-2, "write noscript", null, functionCommand),
};
