/** Policy documents, read once into a form that is quick to evaluate. */
import type { Cloud } from "../cloud.ts";

/** Who a statement is about, where it says so: `*`, or names by kind. */
export type PrincipalElement = "*" | Readonly<Record<string, readonly string[]>>;

export interface Statement {
  sid?: string;
  effect: "Allow" | "Deny";
  /** Lower case: actions are compared without regard to case. */
  actions: readonly string[];
  notActions: boolean;
  resources: readonly string[];
  notResources: boolean;
  principal?: PrincipalElement;
  notPrincipal: boolean;
  conditions: readonly Condition[];
}

/** One line of a `Condition` block. */
export interface Condition {
  /** Without qualifier and suffix, as `StringEquals`. */
  operator: string;
  set?: "ForAllValues" | "ForAnyValue";
  ifExists: boolean;
  /** Lower case: keys are compared without regard to case. */
  key: string;
  values: readonly string[];
}

export interface Policy {
  /** Whether `${…}` stands for a value of the request: only in version 2012-10-17. */
  variables: boolean;
  statements: readonly Statement[];
}

/** Reads JSON text that was validated when it was kept. Throws SyntaxError when it is no JSON. */
export function parsePolicy(text: string): Policy {
  const document = JSON.parse(text) as { Version?: string; Statement?: unknown };
  const statements = list(document.Statement) as Record<string, unknown>[];
  return { variables: document.Version === "2012-10-17", statements: statements.map(statementOf) };
}

const parsed = Symbol("parsed policies");
const mostParsed = 2000;

/** The same, remembered by its text while the cloud runs. */
export function policyOf(cloud: Cloud, text: string): Policy {
  const known = cloud.memory(parsed, () => new Map<string, Policy>());
  let policy = known.get(text);
  if (!policy) {
    if (known.size >= mostParsed) known.clear();
    known.set(text, (policy = parsePolicy(text)));
  }
  return policy;
}

function statementOf(statement: Record<string, unknown>): Statement {
  const principal = statement.Principal ?? statement.NotPrincipal;
  return {
    ...(typeof statement.Sid === "string" && statement.Sid !== "" && { sid: statement.Sid }),
    effect: statement.Effect === "Deny" ? "Deny" : "Allow",
    actions: strings(statement.Action ?? statement.NotAction).map((action) => action.toLowerCase()),
    notActions: statement.Action === undefined && statement.NotAction !== undefined,
    resources:
      statement.Resource === undefined && statement.NotResource === undefined
        ? ["*"]
        : strings(statement.Resource ?? statement.NotResource),
    notResources: statement.Resource === undefined && statement.NotResource !== undefined,
    ...(principal !== undefined && { principal: principalOf(principal) }),
    notPrincipal: statement.NotPrincipal !== undefined,
    conditions: Object.entries((statement.Condition ?? {}) as Record<string, Record<string, unknown>>).flatMap(([name, keys]) =>
      Object.entries(keys).map(([key, values]) => ({ ...operatorOf(name), key: key.toLowerCase(), values: strings(values) })),
    ),
  };
}

function principalOf(element: unknown): PrincipalElement {
  if (typeof element === "string") return element === "*" ? "*" : { AWS: [element] };
  return Object.fromEntries(Object.entries(element as Record<string, unknown>).map(([kind, names]) => [kind, strings(names)]));
}

function operatorOf(name: string): Pick<Condition, "operator" | "set" | "ifExists"> {
  const colon = name.indexOf(":");
  const set = colon < 0 ? undefined : (name.slice(0, colon) as "ForAllValues" | "ForAnyValue");
  const rest = name.slice(colon + 1);
  const ifExists = rest.endsWith("IfExists");
  return { operator: ifExists ? rest.slice(0, -"IfExists".length) : rest, ...(set && { set }), ifExists };
}

const list = (value: unknown): unknown[] => (value === undefined ? [] : Array.isArray(value) ? value : [value]);
const strings = (value: unknown): string[] => list(value).map(String);
