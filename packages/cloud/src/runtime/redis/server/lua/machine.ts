/** A Lua 5.1 machine: chunks are loaded once and run as often as wanted, functions of ours are called by name, a run that takes long can pause. */
import { type LuaHost, luaHost, type State } from "./host.ts";
import { isTable, LuaError, type LuaFunction, type LuaKey, luaNull, type LuaTable, type LuaValue } from "./values.ts";

export type Outcome =
  | { state: "done"; values: LuaValue[] }
  /** `source` and `line`: where the error arose, when that was in a chunk. */
  | { state: "failed"; error: LuaValue; source?: string | undefined; line?: number | undefined }
  | { state: "paused"; resume: () => Outcome };

/** A loaded chunk, or a function that was handed out. */
export type FunctionReference = { readonly reference: number };

/** Asked from time to time while a run goes on: whether it goes on, pauses (where it can: not inside `pcall`) or ends with an error. */
export type Watch = () => "go on" | "pause" | { error: string };

export interface LuaMachine {
  /** Throws LuaError where it is not Lua. */
  load(source: string, name: string): FunctionReference;
  forget(reference: FunctionReference): void;
  run(reference: FunctionReference, args: readonly LuaValue[], watch: Watch): Outcome;
  /** Sets a field of the table of globals, also where scripts may not. */
  setGlobal(name: string, value: LuaValue): void;
  /** Keeps a function that was an argument of the call that is being answered, or that stands in a field of one. */
  keep(argument: number | { argument: number; field: string }): FunctionReference;
  collectGarbage(): void;
}

const registry = -10_000;
const globals = -10_002;
const type = { nil: 0, boolean: 1, lightUserdata: 2, number: 3, string: 4, table: 5, function: 6, thread: 8 };
const yielded = 1;
const countMask = 8;
const instructionsBetweenLooks = 100_000;
const maxDepth = 1200;
/** `nCcalls` and `baseCcalls` of this build's `lua_State`: where they differ, C stands between the run and its resumption. */
const [cCallsAt, baseCCallsAt] = [52, 54];
/** `lua_Debug`: where `source` and `currentline` stand. */
const [debugBytes, sourceAt, lineAt, shortSourceAt] = [100, 16, 20, 36];

/**
 * `functions` by path (`redis.call`, `bit.band`). `prelude` is Lua that runs first, with the globals as they came and with
 * `functions` in the table of its first argument; it gives back the table that becomes the globals of all chunks.
 */
export function luaMachine(
  nowMs: () => number,
  functions: Readonly<Record<string, LuaFunction>>,
  constants: LuaTable,
  prelude: string,
): LuaMachine {
  const host: LuaHost = luaHost(nowMs);
  const { api } = host;
  let bytes = Buffer.from(api.memory.buffer);
  const memory = () => {
    if (bytes.buffer !== api.memory.buffer) bytes = Buffer.from(api.memory.buffer);
    return bytes;
  };
  const main = api.luaL_newstate();
  const sizePointer = api.malloc(4);
  const record = api.malloc(debugBytes);
  let [scratch, scratchBytes] = [api.malloc(1 << 16), 1 << 16];
  const intoScratch = (text: string): number => {
    if (text.length > scratchBytes) {
      api.free(scratch);
      scratchBytes = text.length * 2;
      scratch = api.malloc(scratchBytes);
      if (scratch === 0) throw new Error("Lua is out of memory");
    }
    const into = memory();
    // For a short text the call into Node costs more than the copy.
    if (text.length > 48) into.write(text, scratch, "latin1");
    else for (let at = 0; at < text.length; at++) into[scratch + at] = text.charCodeAt(at);
    return scratch;
  };
  const constant = (text: string) => {
    const at = api.malloc(text.length + 1);
    memory().write(`${text}\0`, at, "latin1");
    return at;
  };
  const [infoWanted, one] = [constant("Sl"), constant("=one")];
  const cString = (at: number) => memory().toString("latin1", at, memory().indexOf(0, at));

  const textAt = (state: State, index: number): string => {
    const at = api.lua_tolstring(state, index, sizePointer);
    return memory().toString("latin1", at, at + memory().readUInt32LE(sizePointer));
  };
  const read = (state: State, index: number, depth = 0): LuaValue => {
    const kind = api.lua_type(state, index);
    if (kind === type.string) return textAt(state, index);
    if (kind === type.number) return api.lua_tonumber(state, index);
    if (kind === type.boolean) return api.lua_toboolean(state, index) !== 0;
    if (kind <= type.nil) return undefined;
    if (kind === type.lightUserdata) return luaNull;
    if (kind !== type.table) return { opaque: kind === type.function ? "function" : kind === type.thread ? "thread" : "userdata" };
    if (depth > maxDepth) throw new LuaError("reached lua stack limit");
    const table: LuaTable = new Map();
    const at = index > 0 ? index : api.lua_gettop(state) + index + 1;
    api.lua_checkstack(state, 4);
    api.lua_pushnil(state);
    while (api.lua_next(state, at) !== 0) {
      const keyKind = api.lua_type(state, -2);
      // A string key must be read as one: lua_tolstring would turn a number in its place, which breaks lua_next.
      const key = keyKind === type.string ? textAt(state, -2) : keyKind === type.number ? api.lua_tonumber(state, -2) : undefined;
      const named = key ?? (keyKind === type.boolean ? api.lua_toboolean(state, -2) !== 0 : undefined);
      table.set(named ?? (`\0${keyKind}` as LuaKey), read(state, -1, depth + 1));
      api.lua_settop(state, -2);
    }
    return table;
  };
  const push = (state: State, value: LuaValue): void => {
    if (typeof value === "string") api.lua_pushlstring(state, intoScratch(value), value.length);
    else if (typeof value === "number") api.lua_pushnumber(state, value);
    else if (typeof value === "boolean") api.lua_pushboolean(state, value ? 1 : 0);
    else if (value === luaNull) api.lua_pushlightuserdata(state, 0);
    else if (!isTable(value)) api.lua_pushnil(state);
    else {
      if (api.lua_checkstack(state, 4) === 0) throw new LuaError("reached lua stack limit");
      api.lua_createtable(state, value.has(1) ? value.size : 0, value.has(1) ? 0 : value.size);
      for (const [key, each] of value) {
        if (each === undefined) continue;
        if (typeof key === "number" && Number.isInteger(key)) {
          push(state, each);
          api.lua_rawseti(state, -2, key);
        } else {
          push(state, key);
          push(state, each);
          api.lua_rawset(state, -3);
        }
      }
    }
  };

  const callerOf = (state: State): string => {
    if (api.lua_getstack(state, 1, record) === 0) return "";
    api.lua_getinfo(state, infoWanted, record);
    const line = memory().readInt32LE(record + lineAt);
    return line > 0 ? `${cString(record + shortSourceAt)}:${line}: ` : "";
  };

  /** The state whose function of ours is being answered. */
  let calling: State = main;
  const asC = (run: LuaFunction) =>
    host.pointerTo("function", (state) => {
      const top = api.lua_gettop(state);
      const before = calling;
      let results: readonly LuaValue[];
      try {
        const args: LuaValue[] = [];
        for (let index = 1; index <= top; index++) args.push(read(state, index));
        calling = state;
        results = run(args);
      } catch (error) {
        if (!(error instanceof LuaError)) throw error;
        push(state, error.positioned ? callerOf(state) + error.message : error.value);
        return api.lua_error(state);
      } finally {
        calling = before;
      }
      api.lua_checkstack(state, results.length + 4);
      for (const value of results) push(state, value);
      return results.length;
    });

  let watch: Watch = () => "go on";
  let watched: State = 0;
  const hook = host.pointerTo("hook", (state) => {
    const wish = watch();
    if (wish === "go on") return;
    if (wish !== "pause") {
      push(state, wish.error);
      api.lua_error(state);
    } else if (state === watched && memory().readUInt16LE(state + cCallsAt) === memory().readUInt16LE(state + baseCCallsAt)) {
      api.lua_yield(state, 0);
    }
  });

  const load = (source: string, name: string): FunctionReference => {
    const namePointer = constant(name);
    const fault = api.luaL_loadbuffer(main, intoScratch(source), source.length, namePointer);
    api.free(namePointer);
    if (fault === 0) return { reference: api.luaL_ref(main, registry) };
    const error = read(main, -1);
    api.lua_settop(main, -2);
    throw new LuaError(error);
  };

  const resume = (thread: State, args: number): Outcome => {
    watched = thread;
    const status = api.lua_resume(thread, args);
    if (status === yielded) return { state: "paused", resume: () => resume(thread, 0) };
    try {
      if (status !== 0) return { state: "failed", error: read(thread, -1), ...whereOf(thread) };
      const values: LuaValue[] = [];
      for (let index = 1; index <= api.lua_gettop(thread); index++) values.push(read(thread, index));
      return { state: "done", values };
    } catch (error) {
      if (!(error instanceof LuaError)) throw error;
      return { state: "failed", error: error.value };
    } finally {
      api.lua_settop(main, 0);
    }
  };
  /** The innermost function in Lua of a thread that failed: its stack is still there. */
  const whereOf = (thread: State): { source?: string; line?: number } => {
    for (let level = 0; api.lua_getstack(thread, level, record) !== 0; level++) {
      api.lua_getinfo(thread, infoWanted, record);
      const line = memory().readInt32LE(record + lineAt);
      const source = cString(memory().readUInt32LE(record + sourceAt));
      if (line > 0 && source !== "=one") return { source, line };
    }
    return {};
  };

  for (const open of [api.luaopen_base, api.luaopen_table, api.luaopen_string, api.luaopen_math]) open(main);
  api.lua_settop(main, 0);
  if (api.luaL_loadbuffer(main, intoScratch(prelude), prelude.length, one) !== 0) throw new Error(textAt(main, -1));
  api.lua_createtable(main, 0, 64);
  for (const [path, run] of Object.entries(functions)) {
    push(main, path);
    api.lua_pushcclosure(main, asC(run), 0);
    api.lua_rawset(main, -3);
  }
  push(main, constants);
  api.lua_call(main, 2, 2);
  // The first result is what scripts see as globals; the second is the table behind it, which only we can write.
  const behind = api.luaL_ref(main, registry);
  api.lua_replace(main, globals);

  return {
    load,
    forget: ({ reference }) => api.luaL_unref(main, registry, reference),
    run({ reference }, args, watching) {
      watch = watching;
      const thread = api.lua_newthread(main);
      api.lua_rawgeti(thread, registry, reference);
      for (const arg of args) push(thread, arg);
      api.lua_sethook(thread, hook, countMask, instructionsBetweenLooks);
      return resume(thread, args.length);
    },
    setGlobal(name, value) {
      api.lua_rawgeti(main, registry, behind);
      push(main, name);
      push(main, value);
      api.lua_rawset(main, -3);
      api.lua_settop(main, -2);
    },
    keep(wanted) {
      if (typeof wanted === "number") api.lua_pushvalue(calling, wanted);
      else {
        push(calling, wanted.field);
        api.lua_rawget(calling, wanted.argument);
      }
      return { reference: api.luaL_ref(calling, registry) };
    },
    collectGarbage: () => void api.lua_gc(main, 2, 0),
  };
}
