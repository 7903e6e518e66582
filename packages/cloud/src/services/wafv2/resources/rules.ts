/** Rules as templates write them: some members have other names there than in the API, and search strings are text. */
import type { Rule } from "@aws-sdk/client-wafv2";

export const apiRules = (rules: readonly object[] | undefined): Rule[] => (rules ?? []).map((rule) => translated(rule) as Rule);

function translated(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(translated);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => {
      if (key === "Arn") return ["ARN", each];
      if (key === "SearchString") return [key, new Uint8Array(Buffer.from(String(each), "utf8"))];
      if (key === "SearchStringBase64") return ["SearchString", new Uint8Array(Buffer.from(String(each), "base64"))];
      return [key, translated(each)];
    }),
  );
}
