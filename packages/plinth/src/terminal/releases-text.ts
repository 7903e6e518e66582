/** Releases as a table, and one of them in a few words. */
import type { Release } from "@plinth/deployer";
import { seconds } from "./progress.ts";
import { ago } from "./status-text.ts";
import { table } from "./table.ts";
import type { Colours } from "./terminal.ts";

/** Newest first; the one that runs is marked. */
export function releasesText(releases: readonly Release[], running: number | undefined, colours: Colours, now: Date): string[] {
  const rows = releases.map((release) => {
    const { number, startedAt, durationMs, from } = release;
    return [
      number === running ? colours.green(`● ${number}`) : `  ${number}`,
      resultText(release, colours),
      ago(new Date(startedAt), now),
      durationMs === undefined ? "" : seconds(durationMs),
      commitText(release),
      from,
      whatText(release),
    ];
  });
  const failures = releases.flatMap(({ number, reason }) => (reason === undefined ? [] : [colours.dim(`  ${number}: ${reason}`)]));
  return [
    ...table([["  release", "result", "when", "took", "commit", "by", ""].map((title) => colours.bold(title)), ...rows]),
    ...(failures.length > 0 ? ["", ...failures] : []),
  ];
}

function resultText({ result }: Release, colours: Colours): string {
  const colour = { deployed: colours.green, running: colours.cyan, failed: colours.red, interrupted: colours.yellow }[result];
  return colour(result === "running" ? "not ended" : result);
}

/** `main 1a2b3c4d*`, with a star where files differed from it. */
export function commitText({ commit }: Pick<Release, "commit">): string {
  if (!commit) return "–";
  return `${commit.branch === undefined ? "" : `${commit.branch} `}${commit.id.slice(0, 8)}${commit.dirty ? "*" : ""}`;
}

function whatText({ kind, of, templates, layers, migrations }: Release): string {
  if (kind === "rollback") return `back to ${of}${templates ? " with its templates" : ""}`;
  return [...(layers ? [`only ${layers.join(", ")}`] : []), ...(migrations.length > 0 ? [`ran ${migrations.join(", ")}`] : [])].join("; ");
}
