/**
 * CloudFront Functions: each call runs in a context of its own (node:vm), with a limit of time. That keeps programs apart from each other and
 * from the cloud's variables; it is no wall against code that means harm. Source: CloudFront Developer Guide, "Customize with CloudFront Functions".
 */
import crypto from "node:crypto";
import querystring from "node:querystring";
import { createContext, Script } from "node:vm";

/** What JSON says of an event; the guide's "event structure". */
export interface FunctionEvent {
  version: "1.0";
  context: { distributionDomainName: string; distributionId: string; eventType: string; requestId: string };
  viewer: { ip: string };
  request: FunctionRequest;
  response?: FunctionResponse;
}

export interface FunctionValue {
  value: string;
  multiValue?: { value: string }[];
}

export interface FunctionRequest {
  method: string;
  uri: string;
  querystring: Record<string, FunctionValue>;
  headers: Record<string, FunctionValue>;
  cookies: Record<string, FunctionValue>;
}

export interface FunctionResponse {
  statusCode: number;
  statusDescription?: string;
  headers?: Record<string, FunctionValue>;
  cookies?: Record<string, FunctionValue & { attributes?: string }>;
  body?: string | { encoding: "text" | "base64"; data: string };
}

export interface FunctionOutcome {
  /** The request or response that it gave back; absent where it failed. */
  value?: unknown;
  error?: string;
  logs: string[];
  /** Of processor time that AWS allows, in percent: roughly. */
  utilization: number;
}

/** Of the processor, not of the clock: AWS allows about a millisecond, and this machine may be slow and busy. */
const limitMs = 200;
const longestWaitMs = 60_000;
const modules: Readonly<Record<string, unknown>> = { crypto, querystring, buffer: { Buffer } };
const scripts = new Map<string, Script>();
const mostScripts = 100;

const call = new Script(`(async () => handler(JSON.parse(__event)))().then(
  (value) => { __outcome.value = JSON.stringify(value); },
  (error) => { __outcome.error = String(error && error.stack ? error.name + ": " + error.message : error); },
);`);

/** Why a function that names this cannot run here, by module. */
export function unservedModule(code: string): string | undefined {
  return /\b(?:import\s+[^'"]*from\s*|require\(\s*)['"]cloudfront['"]/.test(code)
    ? "key value stores and the choice of origins (the module cloudfront)"
    : undefined;
}

type Called = Readonly<{ name: string; etag: string; code: string }>;

export function runFunction(called: Called, event: FunctionEvent): FunctionOutcome {
  // The clock ends a call, for nothing else can. One that was hardly given the processor until then begins anew and may wait longer.
  for (let waitMs = limitMs; ; waitMs *= 2) {
    const before = process.threadCpuUsage();
    const { timedOut, ...outcome } = runOnce(called, event, waitMs);
    const { user, system } = process.threadCpuUsage(before);
    const spentMs = (user + system) / 1000;
    if (timedOut && spentMs < limitMs && waitMs < longestWaitMs) continue;
    return { ...outcome, utilization: Math.min(100, Math.round(spentMs * 10)) };
  }
}

function runOnce(
  { name, etag, code }: Called,
  event: FunctionEvent,
  waitMs: number,
): Omit<FunctionOutcome, "utilization"> & { timedOut: boolean } {
  const logs: string[] = [];
  const outcome: { value?: string; error?: string } = {};
  const said = (...values: unknown[]) => void logs.push(values.map(shown).join(" "));
  const context = createContext(
    {
      __event: JSON.stringify(event),
      __outcome: outcome,
      console: { log: said, error: said },
      Buffer,
      require(wanted: string) {
        if (!(wanted in modules)) throw new Error(`module "${wanted}" is not here`);
        return modules[wanted];
      },
    },
    { codeGeneration: { strings: false, wasm: false }, microtaskMode: "afterEvaluate" },
  );
  let timedOut = false;
  try {
    compiled(`${name} ${etag}`, name, code).runInContext(context, { timeout: waitMs });
    call.runInContext(context, { timeout: waitMs });
  } catch (error) {
    timedOut = (error as { code?: string }).code === "ERR_SCRIPT_EXECUTION_TIMEOUT";
    outcome.error = timedOut ? "The function took too long." : String(error);
  }
  if (outcome.error !== undefined) return { error: outcome.error, logs, timedOut };
  if (outcome.value === undefined) return { error: "The function returned nothing.", logs, timedOut };
  return { value: JSON.parse(outcome.value) as unknown, logs, timedOut };
}

function compiled(key: string, name: string, code: string): Script {
  const found = scripts.get(key);
  if (found) return found;
  const source = code.replaceAll(/^\s*import\s+(\S+)\s+from\s+(['"]\w+['"])\s*;?/gm, "const $1 = require($2);");
  const script = new Script(source, { filename: `${name}.js` });
  if (scripts.size >= mostScripts) scripts.clear();
  scripts.set(key, script);
  return script;
}

const shown = (value: unknown) => (typeof value === "string" ? value : (JSON.stringify(value) ?? String(value)));
