/** A rule: what it looks for, why that matters, and what helps. */
import type { Facts, Resource } from "./facts.ts";

/** `high`: open to strangers, lost, or refused by AWS. `medium`: one fault away from that. `low`: good order. */
export type Severity = "high" | "medium" | "low";

export interface Rule {
  /** In kebab case; a waiver names it. */
  id: string;
  severity: Severity;
  /** Controls of AWS Foundational Security Best Practices (`RDS.2`) and of the CIS AWS Foundations Benchmark 3.0 (`CIS 2.2.3`). */
  controls: readonly string[];
  /** Whether it speaks only of stages whose data is protected. @default false */
  production?: boolean;
  /** The resource types that it looks at; none: at templates as wholes. */
  types: readonly string[];
  reason: string;
  remedy: string;
  find(facts: Facts): Hit[];
}

/** A place where a rule speaks. */
export interface Hit {
  resource?: Resource;
  /** The stack, where it is about the whole of it. */
  stack?: string;
  /** What was seen, a fragment of a sentence. */
  what: string;
}

/** Looks at each resource of some types. `test` answers what was seen, or nothing. */
export const each =
  (types: readonly string[], test: (resource: Resource, facts: Facts) => string | false | undefined): Rule["find"] =>
  (facts) => {
    const hits: Hit[] = [];
    for (const type of types) {
      for (const resource of facts.ofType(type)) {
        const what = test(resource, facts);
        if (what) hits.push({ resource, what });
      }
    }
    return hits;
  };
