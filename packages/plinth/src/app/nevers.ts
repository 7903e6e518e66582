/** The app's `never`: who must not reach whom. Looked at only where it says something. */
import type { Assembly } from "@plinth/compiler";
import type { BrokenNever } from "@plinth/policy";
import { exitCode } from "../exit-code.ts";
import { Failure } from "../failure.ts";

async function brokenNevers(assembly: Assembly): Promise<BrokenNever[]> {
  if (assembly.never.length === 0) return [];
  const [{ reachOf }, { systemOf }] = await Promise.all([import("@plinth/policy"), import("./policy-system.ts")]);
  return reachOf(systemOf(assembly)).brokenNevers();
}

/** @throws Failure that shows the ways; nothing was touched. */
export async function refuseBrokenNevers(assembly: Assembly): Promise<void> {
  const broken = await brokenNevers(assembly);
  if (broken.length === 0) return;
  throw new Failure(`The app says never, and yet: ${broken.map(({ from, to }) => `${from} reaches ${to}`).join(", ")}.`, {
    code: "never",
    exit: exitCode.app,
    evidence: broken.map(({ answer: { from, hops, permissions } }) => {
      const way = hops.map(({ to, ports }) => ` → ${to} (${ports.join(", ")})`).join("");
      return way === "" ? `${from} may ${permissions.flatMap(({ actions }) => actions).join(", ")}` : `${from}${way}`;
    }),
    remedy: "Take the connection out of the app, or the pair out of never. Nothing was touched.",
  });
}
