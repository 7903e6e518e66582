/** The header of scripts and function libraries (`#!lua name=mylib flags=no-writes`), and what a library is. */
import { RedisError } from "../reply.ts";
import type { FunctionReference } from "./machine.ts";

export interface LibraryFunction {
  name: string;
  description: string | null;
  flags: string[];
  reference: FunctionReference;
}

export interface Library {
  name: string;
  code: string;
  functions: Map<string, LibraryFunction>;
}

const flagNames = new Set(["no-writes", "allow-oom", "allow-stale", "no-cluster", "allow-cross-slot-keys"]);

export const knownFlag = (flag: string) => flagNames.has(flag);

/** What a script's header says, and the script without it (its lines keep their numbers). */
export function scriptHeader(source: string): { flags: string[]; body: string } {
  if (!source.startsWith("#!")) return { flags: [], body: source };
  const end = source.indexOf("\n");
  if (end < 0) throw new RedisError("ERR Invalid script shebang");
  const [engine, ...options] = source.slice(0, end).trim().split(/\s+/);
  if (engine !== "#!lua") throw new RedisError(`ERR Unexpected engine in script shebang: ${engine}`);
  let flags: string[] = [];
  for (const option of options) {
    if (!option.startsWith("flags=")) throw new RedisError(`ERR Unknown lua shebang option: ${option}`);
    flags = option.slice("flags=".length).split(",").filter(Boolean);
    const unknown = flags.find((flag) => !knownFlag(flag));
    if (unknown !== undefined) throw new RedisError(`ERR Unexpected flag in script shebang: ${unknown}`);
  }
  return { flags, body: source.slice(end) };
}

/** A library's name, and its code without the header. */
export function libraryHeader(code: string): { name: string; body: string } {
  const end = code.indexOf("\n");
  if (!code.startsWith("#!") || end < 0) throw new RedisError("ERR Missing library metadata");
  const [engine, ...options] = code.slice(0, end).trim().split(/\s+/);
  if (engine!.toLowerCase() !== "#!lua") throw new RedisError(`ERR Engine '${engine!.slice(2)}' not found`);
  let name: string | undefined;
  for (const option of options) {
    if (!option.startsWith("name=")) throw new RedisError(`ERR Invalid metadata value given: ${option}`);
    if (name !== undefined) throw new RedisError("ERR Invalid metadata value, name argument was given multiple times");
    name = option.slice("name=".length);
  }
  if (name === undefined) throw new RedisError("ERR Library name was not given");
  if (!/^\w+$/.test(name))
    throw new RedisError("ERR Library names can only contain letters, numbers, or underscores(_) and must be at least one character long");
  return { name, body: code.slice(end) };
}
