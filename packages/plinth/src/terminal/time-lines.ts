/** How long it will take and what it waits for, with how well that is known. */
import type { Plan } from "@plinth/deployer";
import type { Style } from "./change-lines.ts";
import { wrapped } from "./width.ts";

export function timeLines({ time, app, stage }: Pick<Plan, "time" | "app" | "stage">, { colours, columns, verbose }: Style): string[] {
  const { seconds, criticalPath } = time;
  if (criticalPath.length === 0) return [];
  const short = (step: string) => step.replace(`${app}-${stage}-`, "");
  const way = criticalPath.map(({ step, seconds: some }) => `${short(step)} ${spanText(some)}`).join(" → ");
  const details = verbose
    ? criticalPath.flatMap(({ step, resources }) =>
        resources.map(
          ({ logicalId, action, seconds: some, basis }) =>
            `    ${short(step)}: ${action} ${logicalId} ${spanText(some)} (${basisWords[basis]})`,
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
  past: "from this stage's past",
  measured: "measured",
  published: "published",
  estimate: "estimated",
};

/** `3 changes from this stage's past, 12 estimated`. */
export function basisText({ basis }: Plan["time"]): string {
  const parts = (Object.keys(basisWords) as (keyof typeof basisWords)[]).flatMap((name) =>
    basis[name] === undefined ? [] : [[basis[name], basisWords[name]] as const],
  );
  if (parts.length === 0) return "no change to a resource";
  return parts.map(([count, words], index) => `${count}${index > 0 ? "" : count === 1 ? " change" : " changes"} ${words}`).join(", ");
}

export function spanText(seconds: number): string {
  if (seconds < 1) return "1 s";
  if (seconds < 90) return `${Math.round(seconds)} s`;
  return `${Math.round(seconds / 60)} min`;
}
