/** `--layer`: which of the app's layers a command is about. */
import type { Assembly } from "@plinth/compiler";
import type { Invocation } from "../command.ts";
import { exitCode } from "../exit-code.ts";
import { Failure } from "../failure.ts";

/** `undefined`: all. @throws Failure for a layer that the app does not have. */
export function chosenLayers({ options }: Invocation, { app, stacks }: Assembly): ReadonlySet<string> | undefined {
  const given = options["layer"];
  if (typeof given !== "string") return undefined;
  const names = given.split(",").map((name) => name.trim());
  const layers = [...new Set(stacks.map(({ layer }) => layer as string))];
  const unknown = names.filter((name) => !layers.includes(name));
  if (unknown.length === 0) return new Set(names);
  throw new Failure(`${app} has no layer called ${unknown.join(", ")}.`, {
    code: "not-found",
    exit: exitCode.usage,
    remedy: `It has: ${layers.join(", ")}.`,
  });
}
