/** Required secrets have a value. */
import type { Rule } from "../rule.ts";

export const rule: Rule = {
  id: "secret-missing",
  severity: "medium",
  controls: [],
  types: [],
  reason: "The deploy stops before the programs that need them.",
  remedy: "plinth secrets set NAME.",
  find: ({ system }) => (system.missingSecrets ?? []).map((name) => ({ stack: name, what: "it has no value" })),
};
