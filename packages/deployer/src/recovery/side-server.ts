/** A database that `plinth restore` has made beside the app's own: no stack holds it, its tags tell whose it is. */
import type { Assembly } from "@plinth/compiler";
import type { Aws } from "../aws.ts";
import { pollingDelaysMs, type Time } from "../deployment.ts";
import { describeServer, isGone, type Kind } from "./database-api.ts";

export const sideTags = {
  app: "plinth:app",
  stage: "plinth:stage",
  /** What RDS calls the database it was made of. */
  of: "plinth:restored-from",
  /** The time, or the snapshot. */
  to: "plinth:restored-to",
} as const;

export interface SideServer {
  kind: Kind;
  identifier: string;
  restoredFrom: string;
  restoredTo: string;
}

export function tagsOf({ app, stage }: Assembly, { restoredFrom, restoredTo }: Pick<SideServer, "restoredFrom" | "restoredTo">) {
  const values = { app, stage, of: restoredFrom, to: restoredTo };
  return Object.entries(sideTags).map(([name, Key]) => ({ Key, Value: values[name as keyof typeof values] }));
}

/** Those that stand. */
export async function sideServers(aws: Aws, { app, stage }: Pick<Assembly, "app" | "stage">): Promise<SideServer[]> {
  const found: SideServer[] = [];
  const take = (
    kind: Kind,
    identifier: string | undefined,
    list: { Key?: string | undefined; Value?: string | undefined }[] | undefined,
  ) => {
    const tags = Object.fromEntries((list ?? []).map(({ Key = "", Value = "" }) => [Key, Value]));
    if (!identifier || tags[sideTags.app] !== app || tags[sideTags.stage] !== stage || tags[sideTags.of] === undefined) return;
    found.push({ kind, identifier, restoredFrom: tags[sideTags.of]!, restoredTo: tags[sideTags.to] ?? "" });
  };
  for (let Marker: string | undefined; ;) {
    const page = await aws.call("rds", "DescribeDBInstances", { Marker });
    for (const each of page.DBInstances ?? []) {
      if (each.DBInstanceStatus !== "deleting" && !each.DBClusterIdentifier) take("instance", each.DBInstanceIdentifier, each.TagList);
    }
    if (!(Marker = page.Marker)) break;
  }
  for (let Marker: string | undefined; ;) {
    const page = await aws.call("rds", "DescribeDBClusters", { Marker });
    for (const each of page.DBClusters ?? []) if (each.Status !== "deleting") take("cluster", each.DBClusterIdentifier, each.TagList);
    if (!(Marker = page.Marker)) break;
  }
  return found;
}

/** Removes it without a snapshot. Resolves when it is gone, or at once where nobody waits. */
export async function removeSide(
  aws: Aws,
  { kind, identifier }: Pick<SideServer, "kind" | "identifier">,
  wait?: { time: Time; signal: AbortSignal },
): Promise<void> {
  const gone = { SkipFinalSnapshot: true, DeleteAutomatedBackups: true };
  const members = kind === "cluster" ? ((await describeServer(aws, kind, identifier))?.cluster?.DBClusterMembers ?? []) : [];
  for (const { DBInstanceIdentifier } of members) {
    await unlessGone(() => aws.call("rds", "DeleteDBInstance", { DBInstanceIdentifier, SkipFinalSnapshot: true }));
  }
  await unlessGone(() =>
    kind === "cluster"
      ? aws.call("rds", "DeleteDBCluster", { DBClusterIdentifier: identifier, ...gone })
      : aws.call("rds", "DeleteDBInstance", { DBInstanceIdentifier: identifier, ...gone }),
  );
  if (!wait) return;
  for (const delayMs of pollingDelaysMs(aws)) {
    if (!(await describeServer(aws, kind, identifier))) return;
    await wait.time.sleep(delayMs, wait.signal);
  }
}

async function unlessGone(act: () => Promise<unknown>): Promise<void> {
  try {
    await act();
  } catch (error) {
    const deleting = error instanceof Error && /already being deleted/.test(error.message);
    if (!isGone(error) && !deleting) throw error;
  }
}
