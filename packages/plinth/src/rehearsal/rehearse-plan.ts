/** `plinth plan --rehearse`: the real update, run in an embedded cloud that is made for it and thrown away. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Assembly } from "@plinth/compiler";
import { connectAws, realTime } from "@plinth/deployer";
import type { Contract } from "@plinth/deployer/plan/contract";
import type { Dump } from "@plinth/deployer/plan/rehearsal-data";
import type { Rehearsal } from "@plinth/deployer/plan/rehearsal";
import { startCloud, stopCloud } from "../cloud/cloud-process.ts";
import type { Invocation } from "../command.ts";
import type { BlockContent } from "../terminal/plan-blocks.ts";
import { progressOn } from "../terminal/progress.ts";
import { rehearsalLines, rehearsalMarkdown } from "../terminal/rehearsal-lines.ts";

export async function rehearsePlan(
  { terminal, signal, options }: Invocation,
  assembly: Assembly,
  contract: Contract,
  dumps: readonly Dump[],
): Promise<BlockContent> {
  const failAt = typeof options["failAt"] === "string" ? options["failAt"] : undefined;
  const rehearsal = await inThrowAwayCloud(async (endpoint, folder) => {
    const { rehearse } = await import("@plinth/deployer/plan/rehearsal");
    const aws = connectAws(assembly.region, endpoint);
    const progress = progressOn(terminal);
    try {
      const emit = (event: Parameters<typeof progress.take>[0]) => progress.take(event);
      const wishes = { dumps, ...(failAt === undefined ? {} : { failAt }) };
      return await rehearse({ assembly, contract, aws, emit, signal, folder, time: realTime, ...wishes });
    } finally {
      progress.end();
      aws.close();
    }
  });
  const failure = refusal(rehearsal);
  return {
    name: "rehearsal",
    json: rehearsal,
    lines: (style) => rehearsalLines(rehearsal, style),
    markdown: () => rehearsalMarkdown(rehearsal),
    ...(failure === undefined ? {} : { failure }),
  };
}

/** A failure that was asked for is none, as long as every stack came back. */
function refusal({ outcome, failure, failedAt, stacks }: Rehearsal): string | undefined {
  if (outcome === "not-seeded") return `What stands could not be made anew: ${failure?.message ?? ""}`;
  if (failedAt === undefined) return outcome === "failed" ? `The rehearsal failed: ${failure?.message ?? ""}` : undefined;
  if (outcome === "done") return `${failedAt} was to fail, and nothing of it was made or changed.`;
  const torn = stacks.filter(({ status }) => !/(_COMPLETE)$/.test(status));
  return torn.length === 0 ? undefined : `After the failure ${torn.map(({ stack, status }) => `${stack} is ${status}`).join(", ")}.`;
}

async function inThrowAwayCloud<T>(act: (endpoint: string, folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "plinth-rehearsal-"));
  try {
    const { cloud } = await startCloud(folder);
    return await act(cloud.endpoint, join(folder, ".plinth"));
  } finally {
    await stopCloud(folder);
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}
