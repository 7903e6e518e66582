/** What somebody has changed by hand since the last deploy, and whether this one sets it back. */
import type { Plan } from "@plinth/deployer";
import type { Style } from "./change-lines.ts";
import { ofWidth, wrapped } from "./width.ts";

export function driftLines({ drift, layers }: Pick<Plan, "drift" | "layers">, { colours, columns, verbose }: Style): string[] {
  if (drift.length === 0) return [];
  const short = (text: string | undefined) => (text === undefined ? "nothing" : verbose ? text : ofWidth(text, 40));
  return [
    colours.bold("drift: changed by hand since the last deploy"),
    ...drift.flatMap(({ stack, logicalId, type, key, status, differences }) => {
      const changes = layers.find((layer) => layer.stack === stack)?.changes.find((one) => one.logicalId === logicalId);
      const head = `  ${key === undefined ? "" : `${key} `}${logicalId} ${colours.dim(type)}`;
      if (status === "deleted")
        return [head, ...wrapped(colours.red("      is gone: it was deleted by hand, and this deploy does not make it again"), columns)];
      return [
        head,
        ...differences.flatMap(({ path, expected, actual }) => {
          const resets = changes?.differences.some((one) => one.path.split("/")[0] === path.split("/")[0]);
          const line = `      ${path}  ${short(expected)} → ${short(actual)}  ${colours.dim(resets ? "this deploy sets it anew" : "this deploy leaves it so")}`;
          return wrapped(line, columns);
        }),
      ];
    }),
    colours.dim("  plinth deploy --revert-drift sets it back."),
  ];
}
