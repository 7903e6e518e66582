/** The statements of a policy document, whatever of their forms they have. */
import { asList, asRecord, asRecords } from "../facts.ts";

export interface Statement {
  effect: "Allow" | "Deny";
  actions: readonly string[];
  /** `true`: all but these. */
  notActions: boolean;
  resources: readonly string[];
  principals: readonly string[];
  conditions: Readonly<Record<string, unknown>>;
}

const read = new WeakMap<object, readonly Statement[]>();

/** The statements of a policy document; several rules read the same. */
export function statementsOf(document: unknown): readonly Statement[] {
  if (typeof document === "string") return statementsIn(asRecord(parsed(document)));
  const known = asRecord(document);
  let statements = read.get(known);
  if (!statements) read.set(known, (statements = statementsIn(known)));
  return statements;
}

const statementsIn = ({ Statement: statements }: Readonly<Record<string, unknown>>): Statement[] =>
  asRecords(statements).map((one) => ({
    effect: one["Effect"] === "Deny" ? "Deny" : "Allow",
    actions: texts(one["Action"] ?? one["NotAction"]),
    notActions: one["Action"] === undefined && one["NotAction"] !== undefined,
    resources: texts(one["Resource"] ?? (one["NotResource"] === undefined ? undefined : "*")),
    principals: principalsOf(one["Principal"] ?? (one["NotPrincipal"] === undefined ? undefined : "*")),
    conditions: asRecord(one["Condition"]),
  }));

const isText = (value: unknown) => typeof value === "string";
const texts = (value: unknown): readonly string[] => (Array.isArray(value) && value.every(isText) ? value : asList(value).map(String));

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

const nobody: readonly string[] = [];

function principalsOf(principal: unknown): readonly string[] {
  if (principal === undefined) return nobody;
  if (typeof principal === "string") return [principal];
  return Object.values(asRecord(principal)).flatMap((one) => asList(one).map(String));
}
