/** Rules as they are kept: search strings are bytes, which JSON does not have, so they are kept in Base64 under a name of their own. */
import type { Rule } from "@aws-sdk/client-wafv2";

/** What is kept for a list of rules. */
export type StoredRules = readonly unknown[];

export const storedRules = (rules: readonly Rule[]): StoredRules =>
  rules.map((rule) =>
    mapped(rule, (value) => (value instanceof Uint8Array ? { $bytes: Buffer.from(value).toString("base64") } : undefined)),
  );

export const readRules = (stored: StoredRules): Rule[] =>
  stored.map((rule) =>
    mapped(rule, (value) =>
      typeof value === "object" && value !== null && "$bytes" in value
        ? new Uint8Array(Buffer.from(String(value.$bytes), "base64"))
        : undefined,
    ),
  ) as Rule[];

function mapped(value: unknown, replace: (value: unknown) => unknown): unknown {
  const replaced = replace(value);
  if (replaced !== undefined) return replaced;
  if (Array.isArray(value)) return value.map((each) => mapped(each, replace));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, mapped(each, replace)]));
}
