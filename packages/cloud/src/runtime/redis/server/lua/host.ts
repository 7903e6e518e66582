/**
 * Lua 5.1 itself, compiled to WebAssembly (of the package `wasmoon-lua5.1` nothing else is used), with as little of a system
 * beneath it as it needs: memory and a clock. There are no files, no processes and no environment that it could reach.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

/** WebAssembly as far as it is used here: neither the language's nor Node's types name it. */
interface Module {
  readonly module: never;
}
interface Table {
  get(index: number): (a: number, b: number) => void;
  set(index: number, fn: unknown): void;
  grow(by: number): number;
}
type Imports = Record<string, Record<string, (...args: number[]) => number | void>>;
const { WebAssembly } = globalThis as unknown as {
  WebAssembly: {
    Module: { new (bytes: Uint8Array): Module; imports(module: Module): { module: string; name: string }[] };
    Instance: new (module: Module, imports: Imports) => { exports: Record<string, unknown> };
  };
};

/** The pointer of a `lua_State`. */
export type State = number;

/** Lua's C API (lua.org, "Lua 5.1 Reference Manual", 3.7), as far as it is used here. Pointers are numbers. */
export interface LuaApi {
  memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  malloc(sizeBytes: number): number;
  free(pointer: number): void;
  setThrew(threw: number, value: number): void;
  stackSave(): number;
  stackRestore(pointer: number): void;
  emscripten_stack_init(): void;
  luaL_newstate(): State;
  luaL_loadbuffer(state: State, source: number, sizeBytes: number, name: number): number;
  luaL_ref(state: State, table: number): number;
  luaL_unref(state: State, table: number, reference: number): void;
  luaopen_base(state: State): number;
  luaopen_table(state: State): number;
  luaopen_string(state: State): number;
  luaopen_math(state: State): number;
  lua_call(state: State, args: number, results: number): void;
  lua_checkstack(state: State, more: number): number;
  lua_createtable(state: State, list: number, fields: number): void;
  lua_error(state: State): number;
  lua_gc(state: State, what: number, data: number): number;
  lua_getinfo(state: State, what: number, record: number): number;
  lua_getstack(state: State, level: number, record: number): number;
  lua_gettop(state: State): number;
  lua_insert(state: State, index: number): void;
  lua_newthread(state: State): State;
  lua_next(state: State, index: number): number;
  lua_pushboolean(state: State, value: number): void;
  lua_pushcclosure(state: State, fn: number, values: number): void;
  lua_pushlightuserdata(state: State, pointer: number): void;
  lua_pushlstring(state: State, text: number, sizeBytes: number): void;
  lua_pushnil(state: State): void;
  lua_pushnumber(state: State, value: number): void;
  lua_pushvalue(state: State, index: number): void;
  lua_rawget(state: State, index: number): void;
  lua_rawgeti(state: State, index: number, at: number): void;
  lua_rawset(state: State, index: number): void;
  lua_rawseti(state: State, index: number, at: number): void;
  lua_replace(state: State, index: number): void;
  lua_resume(state: State, args: number): number;
  lua_sethook(state: State, hook: number, mask: number, count: number): void;
  lua_settop(state: State, index: number): void;
  lua_toboolean(state: State, index: number): number;
  lua_tolstring(state: State, index: number, size: number): number;
  lua_tonumber(state: State, index: number): number;
  lua_type(state: State, index: number): number;
  lua_xmove(from: State, to: State, values: number): void;
  lua_yield(state: State, results: number): number;
}

export interface LuaHost {
  api: LuaApi;
  /** A pointer to a function of ours that C can call: `(i32) -> i32` for Lua's functions, `(i32, i32) -> ()` for hooks. */
  pointerTo(kind: "function" | "hook", run: (state: State, record: number) => number | void): number;
}

let compiled: Module | undefined;
const pageBytes = 65_536;

/** How Emscripten's `longjmp` leaves the frames between. */
const longjmp = Symbol("longjmp");

export function luaHost(nowMs: () => number): LuaHost {
  compiled ??= new WebAssembly.Module(readFileSync(createRequire(import.meta.url).resolve("wasmoon-lua5.1/dist/liblua5.1.wasm")));
  const absent = () => -1;
  const environment: Record<string, (...args: number[]) => number | void> = {
    emscripten_date_now: nowMs,
    _emscripten_get_now_is_monotonic: () => 0,
    emscripten_memcpy_js: (to, from, size) => void new Uint8Array(api.memory.buffer).copyWithin(to!, from!, from! + size!),
    emscripten_resize_heap(wantedBytes) {
      const have = api.memory.buffer.byteLength;
      try {
        api.memory.grow(Math.ceil((Math.max(wantedBytes! >>> 0, have * 1.2) - have) / pageBytes));
        return 1;
      } catch {
        return 0;
      }
    },
    invoke_vii(index, a, b) {
      const stack = api.stackSave();
      try {
        table.get(index!)(a!, b!);
      } catch (error) {
        api.stackRestore(stack);
        if (error !== longjmp) throw error;
        api.setThrew(1, 0);
      }
    },
    _emscripten_throw_longjmp() {
      throw longjmp;
    },
    exit(code) {
      throw new Error(`Lua ended with ${code}`);
    },
  };
  const imports: Imports = { env: {}, wasi_snapshot_preview1: {} };
  for (const { module, name } of WebAssembly.Module.imports(compiled)) imports[module]![name] = environment[name] ?? absent;
  const exported = new WebAssembly.Instance(compiled, imports).exports;
  const api = exported as unknown as LuaApi;
  const table = exported["__indirect_function_table"] as Table;
  api.emscripten_stack_init();
  (exported["__wasm_call_ctors"] as () => void)();
  return {
    api,
    pointerTo(kind, run) {
      const index = table.grow(1);
      const { exports } = new WebAssembly.Instance(trampoline(kind), { e: { f: run as (...args: number[]) => number | void } });
      table.set(index, exports.f);
      return index;
    },
  };
}

const trampolines = new Map<string, Module>();

/** A module that imports one function and exports it: the only way by which a function of JavaScript gets a type that C can call. */
function trampoline(kind: "function" | "hook"): Module {
  const found = trampolines.get(kind);
  if (found) return found;
  const i32 = 0x7f;
  const type = kind === "function" ? [0x60, 1, i32, 1, i32] : [0x60, 2, i32, i32, 0];
  const name = (text: string) => [1, text.charCodeAt(0)];
  const module = new WebAssembly.Module(
    new Uint8Array(
      [
        [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
        [1, type.length + 1, 1, ...type],
        [2, 7, 1, ...name("e"), ...name("f"), 0, 0],
        [7, 5, 1, ...name("f"), 0, 0],
      ].flat(),
    ),
  );
  trampolines.set(kind, module);
  return module;
}
