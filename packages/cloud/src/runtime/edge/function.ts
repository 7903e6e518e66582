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

/** AWS allows about a millisecond; this machine may be slow. */
const limitMs = 200;
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

export function runFunction({ name, etag, code }: { name: string; etag: string; code: string }, event: FunctionEvent): FunctionOutcome {
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
  const startedMs = performance.now();
  try {
    compiled(`${name} ${etag}`, name, code).runInContext(context, { timeout: limitMs });
    call.runInContext(context, { timeout: limitMs });
  } catch (error) {
    outcome.error = (error as { code?: string }).code === "ERR_SCRIPT_EXECUTION_TIMEOUT" ? "The function took too long." : String(error);
  }
  const utilization = Math.min(100, Math.round((performance.now() - startedMs) * 10));
  if (outcome.error !== undefined) return { error: outcome.error, logs, utilization };
  if (outcome.value === undefined) return { error: "The function returned nothing.", logs, utilization };
  return { value: JSON.parse(outcome.value) as unknown, logs, utilization };
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
