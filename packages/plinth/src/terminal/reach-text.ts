/** Who can reach what, as a page: what the internet reaches first, then the matrix, then what programs may do. */
import type { BrokenNever, Hop, PairAnswer, PermissionText, Reachability, Reached } from "@plinth/policy";
import { table } from "./table.ts";
import type { Colours } from "./terminal.ts";
import { shownWidth, wrapped } from "./width.ts";

interface Page {
  colours: Colours;
  columns: number;
  verbose: boolean;
}

export function reachText(title: string, reach: Reachability, broken: readonly BrokenNever[], page: Page): string[] {
  const { colours, verbose } = page;
  const lines = [colours.bold(title), ...brokenText(broken, colours), "", colours.bold("open to the internet")];
  const sources = new Map(reach.places.map(({ name, source }) => [name, source ?? ""]));
  const exposed = reach.exposed.filter(({ to }) => to !== "internet");
  if (exposed.length === 0 && reach.openPolicies.length === 0) lines.push(colours.green("  nothing"));
  lines.push(
    ...table(
      exposed.map((way) => [colours.yellow(way.to), portsOf(way), through(way), colours.dim(sources.get(way.to) ?? "")]),
      "  ",
    ),
    ...reach.openPolicies.map((one) => `  ${colours.red(one.resource)}  anybody may ${one.actions.join(", ")} ${colours.dim(one.policy)}`),
  );
  const kinds = new Map(reach.places.map(({ name, kind }) => [name, kind]));
  const shown = [...reach.exposed, ...reach.reached].filter(({ to }) => verbose || kinds.get(to) !== "endpoint");
  if (shown.length > 0) lines.push("", colours.bold("who reaches what, on which port"), ...matrix(shown, page));
  // What is open to anybody stands above.
  const permissions = reach.permissions.filter(
    ({ role, use, who, effect }) => (role !== undefined || (who !== "anybody" && effect === "Allow")) && (verbose || use !== "is started"),
  );
  if (permissions.length > 0) lines.push("", colours.bold("who may do what"), ...permissionLines(permissions, page));
  if (reach.unknown.length > 0) lines.push("", ...reach.unknown.flatMap((one) => wrapped(colours.yellow(`unknown: ${one}`), page.columns)));
  return lines;
}

export function pairText(answer: PairAnswer, colours: Colours): string[] {
  const { from, to, reached, hops, blocked, permissions } = answer;
  if (!reached) {
    return [
      `${colours.bold(`${from} → ${to}`)}  ${colours.green("blocked")}`,
      ...blocked.map((one) => `  ${one}`),
      ...mayText(permissions, colours),
    ];
  }
  const ports = hops.length > 0 ? `on ${hops.at(-1)!.ports.join(", ")}` : "by its permissions";
  return [
    `${colours.bold(`${from} → ${to}`)}  ${from === "internet" ? colours.yellow(`open ${ports}`) : `open ${ports}`}`,
    ...hopLines(hops, colours),
    ...mayText(permissions, colours),
  ];
}

/** Assertions of the app that do not hold, each with its way. */
export function brokenText(broken: readonly BrokenNever[], colours: Colours): string[] {
  return broken.flatMap(({ from, to, answer }) => [
    "",
    `${colours.red("✗")} ${colours.bold(`never: ${from} → ${to}`)}  and yet it reaches it`,
    ...hopLines(answer.hops, colours),
    ...mayText(answer.permissions, colours),
  ]);
}

const hopLines = (hops: readonly Hop[], colours: Colours) =>
  table(
    hops.map(({ from, to, ports, by, onlyFrom }) => [
      `${from} → ${to}`,
      `${ports.join(", ")}${onlyFrom ? ` from ${onlyFrom.join(", ")} only` : ""}`,
      colours.dim(by.join(", ")),
    ]),
    "  ",
  );

const mayText = (permissions: readonly PermissionText[], colours: Colours) =>
  permissions.map(
    ({ effect, actions, resource, role, policy, ...one }) =>
      `  ${[effect === "Allow" ? "may" : "may not", actions.join(", "), "on", resource, limits(one), colours.dim(role ?? policy)].filter((part) => part !== "").join(" ")}`,
  );

/** Under what it holds alone. */
const limits = ({ conditional, via }: Pick<PermissionText, "conditional" | "via">): string =>
  via ? `through ${via.join(", ")}` : conditional ? "under conditions" : "";

const portsOf = ({ hops }: Reached) => {
  const { ports, onlyFrom } = hops.at(-1)!;
  const only = hops.flatMap((hop) => hop.onlyFrom ?? []);
  return `${ports.join(", ")}${onlyFrom || only.length > 0 ? ` from ${only.join(", ")} only` : ""}`;
};

const through = ({ hops }: Reached) =>
  hops.length > 1
    ? `through ${hops
        .slice(0, -1)
        .map(({ to }) => to)
        .join(", ")}`
    : "";

/** In columns where they fit, else a line for each that reaches something. Ports in brackets: over what forwards. */
function matrix(ways: readonly Reached[], { columns, colours }: Page): string[] {
  const from = [...new Set(ways.map((way) => way.from))];
  const to = [...new Set(ways.map((way) => way.to))].toSorted((one, other) => Number(one === "internet") - Number(other === "internet"));
  const cells = new Map(ways.map((way) => [`${way.from} ${way.to}`, way]));
  const cell = (way: Reached | undefined): string => {
    if (!way) return colours.dim("·");
    const ports = way.hops.at(-1)!.ports.join(",");
    return way.hops.length > 1 ? `(${ports})` : ports;
  };
  const rows = [["", ...to], ...from.map((one) => [one, ...to.map((other) => cell(cells.get(`${one} ${other}`)))])];
  const lines = table(rows, "  ");
  if (lines.every((line) => shownWidth(line) <= columns)) return lines;
  return from.flatMap((one) => {
    const reached = ways.filter((way) => way.from === one).map((way) => `${way.to} ${cell(way)}`);
    return wrapped(`  ${one} → ${reached.join(", ")}`, columns);
  });
}

/** In columns where they fit, else what each may do below its name. */
function permissionLines(permissions: readonly PermissionText[], { colours, columns, verbose }: Page): string[] {
  const rows = permissions.map(({ who, use, effect, actions, resource, role, ...one }) => ({
    who: use === "is started" ? `${who} ${colours.dim("(started)")}` : who,
    resource: resource === "everything" ? colours.yellow(resource) : resource,
    actions: `${effect === "Deny" ? "not " : ""}${verbose || actions.length <= 3 ? actions.join(", ") : `${actions.slice(0, 2).join(", ")} +${actions.length - 2}`}`,
    more: [limits(one), verbose ? (role ?? one.policy) : ""].filter((part) => part !== "").join(" "),
  }));
  const lines = table(
    rows.map(({ who, resource, actions, more }) => [who, resource, actions, colours.dim(more)]),
    "  ",
  );
  if (lines.every((line) => shownWidth(line) <= columns)) return lines;
  return [...Map.groupBy(rows, ({ who }) => who)].flatMap(([who, own]) => [
    `  ${who}`,
    ...own.flatMap(({ resource, actions, more }) =>
      wrapped(`    ${resource}  ${actions}${more === "" ? "" : `  ${colours.dim(more)}`}`, columns),
    ),
  ]);
}
