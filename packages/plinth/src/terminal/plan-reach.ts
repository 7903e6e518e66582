/** What a plan opens to the internet, and which of the app's assertions it breaks: those fail it. */
import type { Reached } from "@plinth/policy";
import type { PlanBlock } from "./plan-blocks.ts";
import { brokenText } from "./reach-text.ts";
import { noColours, type Colours } from "./terminal.ts";
import { wrapped } from "./width.ts";

/** So many of what is open are named in a plan; plinth reach names all. */
const mostNamed = 10;

export const block: PlanBlock = async (_, looks) => {
  const reach = looks.reach();
  const { exposed, openPolicies } = reach.exposure();
  const broken = reach.brokenNevers();
  const lines = (colours: Colours, most: number): string[] => {
    const open = [...exposed.map(exposedText), ...openPolicies.map(({ resource }) => `${resource} by its policy`)];
    const left = open.length - most;
    const named = [...open.slice(0, most), ...(left > 0 ? [`${left} more: plinth reach`] : [])].join(", ");
    const head = open.length === 0 ? [] : [`${colours.bold("open to the internet")} ${named}`];
    const [, ...more] = brokenText(broken, colours);
    return [...head, ...more];
  };
  return {
    name: "reach",
    json: { exposed, openPolicies, broken },
    lines: ({ colours, columns, verbose }) =>
      lines(colours, verbose ? Number.POSITIVE_INFINITY : mostNamed).flatMap((line) => wrapped(line, columns)),
    markdown() {
      const text = lines(noColours, mostNamed);
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
