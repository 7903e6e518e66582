/** A program's environment, as its container has it: open variables, and secrets that ECS reads when it starts. */
import type { AnyDeclared } from "@plinth/language/reading";
import type { Grant, Injection, Target } from "./compilation.ts";
import type { Reference, WiredProgram } from "./wiring.ts";
import type { Here, Value } from "./value.ts";

export interface Environment {
  variables(here: Here): { Name: string; Value: unknown }[];
  secrets(here: Here): unknown[];
  /** What the execution role reads. */
  readonly reads: readonly Grant[];
  /** What the program itself may do. */
  readonly grants: readonly Grant[];
  /** The slots that an operator fills. */
  readonly slots: readonly string[];
  /** The generated secrets. */
  readonly connections: readonly Value[];
  readonly hasSecrets: boolean;
}

/** @param given variables that are in it without being named by the app. */
export function environmentOf(
  program: WiredProgram,
  targetOf: (declared: AnyDeclared) => Target,
  given: Readonly<Record<string, Extract<Injection, { kind: "secret" }>>> = {},
): Environment {
  const open: { variable: string; value: (here: Here) => unknown }[] = [];
  const secret: { variable: string; injection: Extract<Injection, { kind: "secret" }> }[] = [];
  const references: Reference[] = [...program.uses];

  for (const entry of program.env) {
    if ("literal" in entry) open.push({ variable: entry.variable, value: () => entry.literal });
    else if ("text" in entry) {
      references.push(...entry.text.filter((part) => typeof part !== "string"));
      open.push({ variable: entry.variable, value: (here) => joined(entry.text, here, targetOf) });
    } else {
      const { to, facet, detail } = entry.reference;
      references.push(entry.reference);
      const injection = targetOf(to).inject(facet, detail);
      if (injection.kind === "open") open.push({ variable: entry.variable, value: injection.value });
      else secret.push({ variable: entry.variable, injection });
    }
  }

  for (const [variable, injection] of Object.entries(given)) {
    if (!program.env.some((entry) => entry.variable === variable)) secret.push({ variable, injection });
  }

  return {
    variables: (here) => open.map(({ variable, value }) => ({ Name: variable, Value: value(here) })),
    secrets: (here) =>
      secret.map(({ variable, injection }) => {
        const entry = { Name: variable, ValueFrom: injection.valueFrom(here) };
        return injection.present ? { "Fn::If": [presence(here, injection.present), entry, { Ref: "AWS::NoValue" }] } : entry;
      }),
    reads: secret.map(({ injection }) => injection.grant),
    grants: references.flatMap(({ to, facet, detail }) => targetOf(to).grants?.(facet, detail) ?? []),
    slots: [...new Set(secret.flatMap(({ injection }) => injection.slot ?? []))],
    connections: secret.flatMap(({ injection }) => injection.connection ?? []),
    hasSecrets: secret.length > 0,
  };
}

function presence(here: Here, present: Value): string {
  const name = present.kind === "source" ? present.name.replace(/Present$/, "") : "";
  return here.condition(`Has${name}`, { "Fn::Equals": [here.take(present), "true"] });
}

/** A text with references, as `Fn::Join`. */
function joined(parts: readonly (string | Reference)[], here: Here, targetOf: (declared: AnyDeclared) => Target): unknown {
  const values = parts.map((part) => (typeof part === "string" ? part : textValue(part, here, targetOf)));
  if (values.every((value) => typeof value === "string")) return values.join("");
  return { "Fn::Join": ["", values] };
}

function textValue({ to, facet, detail }: Reference, here: Here, targetOf: (declared: AnyDeclared) => Target): unknown {
  const target = targetOf(to);
  const open = target.open?.(facet);
  if (open) return open(here);
  const injection = target.inject(facet, detail);
  if (injection.kind === "open") return injection.value(here);
  throw new Error(`a secret of the ${to.kind} stands in a text`);
}
