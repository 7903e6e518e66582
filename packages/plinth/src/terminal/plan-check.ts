/** What the rules say of a plan: how much, and what is grave in full. `plinth check` shows the rest. */
import { check } from "@plinth/policy";
import type { PlanBlock } from "./plan-blocks.ts";
import { noColours, type Colours } from "./terminal.ts";

export const block: PlanBlock = async (_, looks) => {
  // Assertions and secrets without a value the plan tells elsewhere.
  const { findings } = check({ ...looks.system(), never: [] }, { reach: looks.reach() });
  const count = (severity: string) => findings.filter((one) => one.severity === severity).length;
  const lines = (colours: Colours): string[] => {
    if (count("high") + count("medium") === 0) return [];
    const grave = findings
      .filter(({ severity }) => severity === "high")
      .map(({ rule, name, what, source }) => `  ${colours.red(rule)} ${name}: ${what} ${colours.dim(source ?? "")}`.trimEnd());
    return [`${colours.bold("check")} ${count("high")} high, ${count("medium")} medium, ${count("low")} low: plinth check`, ...grave];
  };
  return {
    name: "check",
    json: {
      high: count("high"),
      medium: count("medium"),
      low: count("low"),
      findings: findings.filter(({ severity }) => severity !== "low"),
    },
    lines: ({ colours }) => lines(colours),
    markdown() {
      const text = lines(noColours);
      return text.length === 0 ? [] : ["```", ...text, "```"];
    },
  };
};
