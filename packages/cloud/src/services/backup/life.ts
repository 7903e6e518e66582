/** Each minute: plans whose time has come, and recovery points whose time is over. What fell due while the cloud stood still is done once. */
import { nextRunMs } from "@plinth/cloudformation/schedule-expressions";
import type { Cloud } from "../../cloud.ts";
import { backupSource } from "../../runtime/backup-sources.ts";
import { round } from "../../runtime/round.ts";
import { keepAutomaticPlan } from "./automatic.ts";
import { type BackupJob, backupJobs, deleteAtMs, recoveryPoints } from "./job.ts";
import { removeAllKept, sweepKept } from "./kept-copies.ts";
import { type Plan, plans, type Rule, scheduleOf, selectionsOf } from "./plan.ts";
import { protectable, remove } from "./protected-resources.ts";
import { chosen } from "./selection.ts";
import { doBackup, placeIn, resumeJobs, settledJobs } from "./work.ts";

const minutes = round("backup: plans", 60_000, lookAtPlans);

export async function startBackup(cloud: Cloud): Promise<void> {
  await sweepKept(cloud);
  resumeJobs(cloud);
  minutes.start(cloud);
}

export async function stopBackup(cloud: Cloud): Promise<void> {
  await minutes.stop(cloud);
  await settledJobs(cloud);
}

export async function resetBackup(cloud: Cloud): Promise<void> {
  await stopBackup(cloud);
  await removeAllKept(cloud);
}

async function lookAtPlans(cloud: Cloud): Promise<void> {
  const nowMs = cloud.world.clock.nowMs();
  for (const region of (await backupSource(cloud, "EFS")).regions()) await keepAutomaticPlan(cloud, region, placeIn(cloud, region).call);
  for (const { scope: region, value: plan } of plans(cloud).all()) {
    const due = plan.rules.filter((rule) => isDue(rule, nowMs));
    for (const rule of due) await run(cloud, region, plan, rule);
    if (due.length === 0) continue;
    const rules = plan.rules.map((rule) => (due.includes(rule) ? { ...rule, anchorMs: nowMs } : rule));
    const present = plans(cloud).get(region, plan.id);
    if (present?.versionId === plan.versionId) plans(cloud).put(region, plan.id, { ...present, rules, lastRunMs: nowMs });
  }
  for (const { scope: region, value: point } of recoveryPoints(cloud).all()) {
    if ((deleteAtMs(point) ?? Infinity) > nowMs) continue;
    await remove(placeIn(cloud, region), point);
    recoveryPoints(cloud).delete(region, point.arn);
  }
}

function isDue(rule: Rule, nowMs: number): boolean {
  const nextMs = nextRunMs(scheduleOf(rule), rule.ScheduleExpressionTimezone ?? "UTC", rule.anchorMs, rule.anchorMs);
  return nextMs !== undefined && nextMs <= nowMs;
}

async function run(cloud: Cloud, region: string, plan: Plan, rule: Rule): Promise<void> {
  const all = await protectable(placeIn(cloud, region));
  for (const { selection } of selectionsOf(cloud, region, plan.id)) {
    for (const { arn, kind } of chosen(all, selection)) {
      const job: BackupJob = {
        id: cloud.world.random.uuid(),
        state: "CREATED",
        createdMs: cloud.world.clock.nowMs(),
        roleArn: selection.IamRoleArn ?? "",
        vault: rule.TargetBackupVaultName ?? "",
        resourceArn: arn,
        kind,
        lifecycle: { ...rule.Lifecycle },
        tags: { ...rule.RecoveryPointTags },
        createdBy: { planId: plan.id, planVersion: plan.versionId, ruleId: rule.RuleId },
        copies: (rule.CopyActions ?? []).map(({ DestinationBackupVaultArn, Lifecycle }) => ({
          vaultArn: DestinationBackupVaultArn ?? "",
          lifecycle: { ...Lifecycle },
        })),
      };
      backupJobs(cloud).put(region, job.id, job);
      doBackup(cloud, region, job);
    }
  }
}
