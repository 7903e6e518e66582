/** What a script finds: Redis's choice of Lua's own functions, none of which reaches beyond Lua, in tables that scripts cannot change. */

/**
 * Lua that runs once in a new machine. It gets the functions by path and the constants, and gives back the table that scripts
 * have as their globals (empty, with everything behind it) and the table behind it.
 */
export const prelude = `
local functions, constants = ...
local protected = {}
local rawsetmetatable, rawset0, rawpcall, type, error = setmetatable, rawset, pcall, type, error
local function readonly() error("Attempt to modify a readonly table", 2) end
local function frozen(behind)
  local front = rawsetmetatable({}, { __index = behind, __newindex = readonly, __metatable = false })
  protected[front] = true
  return front
end

local behind = {}
for _, name in ipairs({ "assert", "collectgarbage", "error", "gcinfo", "getmetatable", "ipairs", "load", "loadstring", "next", "pairs",
  "rawequal", "rawget", "select", "tonumber", "tostring", "type", "unpack", "xpcall", "_VERSION" }) do
  behind[name] = _G[name]
end
local function plain(ok, failure, ...)
  if not ok and type(failure) == "table" and type(failure.err) == "string" then return ok, failure.err end
  return ok, failure, ...
end
function behind.pcall(...) return plain(rawpcall(...)) end
function behind.setmetatable(t, meta)
  if protected[t] then error("Attempt to modify a readonly table", 0) end
  return rawsetmetatable(t, meta)
end
function behind.rawset(t, k, v)
  if protected[t] then error("Attempt to modify a readonly table", 0) end
  return rawset0(t, k, v)
end

local libraries = { string = string, table = table, math = math, coroutine = coroutine, bit = {}, cjson = {}, cmsgpack = {}, struct = {}, redis = {} }
for path, run in pairs(functions) do
  local library, name = path:match("^(%w+)%.([%w_]+)$")
  libraries[library][name] = run
end
for path, value in pairs(constants) do
  local library, name = path:match("^(%w+)%.([%w_]+)$")
  libraries[library][name] = value
end
for name, library in pairs(libraries) do behind[name] = frozen(library) end
local strings = getmetatable("")
strings.__index, strings.__metatable = behind.string, frozen({})

rawsetmetatable(behind, { __index = function(_, name)
  error("Script attempted to access nonexistent global variable '" .. tostring(name) .. "'", 2)
end })
local globals = frozen(behind)
behind._G = globals
return globals, behind
`;
