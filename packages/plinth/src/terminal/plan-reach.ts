/** What a plan opens to the internet, and which of the app's assertions it breaks: those fail it. */
import { reachOf, type Reached } from "@plinth/policy";
import { systemOf } from "../app/policy-system.ts";
import type { PlanBlock } from "./plan-blocks.ts";
import { brokenText } from "./reach-text.ts";
import { noColours, type Colours } from "./terminal.ts";

export const block: PlanBlock = async ({ assembly }) => {
  const reach = reachOf(systemOf(assembly));
  const { exposed, openPolicies } = reach.exposure();
  const broken = reach.brokenNevers();
  const lines = (colours: Colours): string[] => {
    const open = [...exposed.map(exposedText), ...openPolicies.map(({ resource }) => `${resource} by its policy`)];
    const head = open.length === 0 ? [] : [`${colours.bold("open to the internet")} ${open.join(", ")}`];
    const [, ...more] = brokenText(broken, colours);
    return [...head, ...more];
  };
  return {
    name: "reach",
    json: { exposed, openPolicies, broken },
    lines: ({ colours }) => lines(colours),
    markdown() {
      const text = lines(noColours);
      return text.length === 0 ? [] : ["```", ...text, "```"];
    },
    ...(broken.length > 0 && {
      failure: `The app says never, and yet: ${broken.map(({ from, to }) => `${from} reaches ${to}`).join(", ")}.`,
    }),
  };
};

function exposedText({ to, hops }: Reached): string {
  const through = hops.slice(0, -1).map((hop) => hop.to);
  return `${to} ${hops.at(-1)!.ports.join("/")}${through.length > 0 ? ` through ${through.join(", ")}` : ""}`;
}
