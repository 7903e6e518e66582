/** How long it will take and what it waits for, with how well that is known. */
import type { Plan } from "@plinth/deployer";
import type { Style } from "./change-lines.ts";
import { wrapped } from "./width.ts";

export function timeLines({ time }: Pick<Plan, "time">, { colours, columns, verbose }: Style): string[] {
  const { seconds, criticalPath } = time;
  if (criticalPath.length === 0) return [];
  const way = criticalPath.map(({ step, seconds: some }) => `${step} ${spanText(some)}`).join(" → ");
  const details = verbose
    ? criticalPath.flatMap(({ step, resources }) =>
        resources.map(
          ({ logicalId, action, seconds: some, basis }) => `    ${step}: ${action} ${logicalId} ${spanText(some)} (${basisWords[basis]})`,
        ),
      )
    : [];
  return [
    ...wrapped(`${colours.bold("time")} about ${spanText(seconds)}: ${way}`, columns),
    ...wrapped(colours.dim(`  ${basisText(time)}`), columns),
    ...details.flatMap((line) => wrapped(colours.dim(line), columns)),
  ];
}

export const basisWords: Record<keyof Plan["time"]["basis"], string> = {
  past: "this stage's past",
  measured: "measured",
  published: "published",
  estimate: "estimate",
};

/** `by this stage's past for 3 changes, by estimate for 12`. */
export function basisText({ basis }: Plan["time"]): string {
  const parts = (Object.keys(basisWords) as (keyof typeof basisWords)[]).flatMap((name) =>
    basis[name] === undefined ? [] : [`by ${name === "past" || name === "estimate" ? "" : "times "}${basisWords[name]} for ${basis[name]}`],
  );
  return parts.length > 0 ? `changes timed ${parts.join(", ")}` : "no change to a resource";
}

export function spanText(seconds: number): string {
  if (seconds < 1) return "1 s";
  if (seconds < 90) return `${Math.round(seconds)} s`;
  return `${Math.round(seconds / 60)} min`;
}
