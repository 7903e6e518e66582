/** A backup plan: rules that say when, into which vault, for how long and where copies go; and selections that say of what. */
import type { Cloud } from "../../cloud.ts";
import type { Input } from "../../aws.ts";
import { hasOneOpenDay, parseSchedule, type Schedule } from "@plinth/cloudformation/schedule-expressions";
import { invalidValue, notFound } from "./errors.ts";
import { findVault, type Tags, vaultAt } from "./vault.ts";

export type PlanInput = NonNullable<Input<"backup", "CreateBackupPlan">["BackupPlan"]>;
type RuleInput = NonNullable<PlanInput["Rules"]>[number];
export type Rule = RuleInput & { RuleId: string; anchorMs: number };
export type SelectionInput = NonNullable<Input<"backup", "CreateBackupSelection">["BackupSelection"]>;

export interface Plan {
  id: string;
  versionId: string;
  name: string;
  rules: Rule[];
  createdMs: number;
  /** When a rule last ran. */
  lastRunMs?: number;
  tags: Tags;
  token?: string;
}

export interface Selection {
  id: string;
  planId: string;
  createdMs: number;
  selection: SelectionInput;
  token?: string;
}

export const plans = (cloud: Cloud) => cloud.store.collection<Plan>("backup.plans");
export const selections = (cloud: Cloud) => cloud.store.collection<Selection>("backup.selections");

export const planArn = (region: string, account: string, id: string) => `arn:aws:backup:${region}:${account}:backup-plan:${id}`;

export function findPlan(cloud: Cloud, region: string, id: string): Plan {
  const found = plans(cloud).get(region, id);
  if (!found) throw notFound(`Backup plan with ID ${id} not found.`);
  return found;
}

export function selectionsOf(cloud: Cloud, region: string, planId: string): Selection[] {
  return selections(cloud)
    .list(region)
    .filter((each) => each.planId === planId);
}

/** The default of a rule that names none: 05:00 each day (AWS, "Backup rules"). */
const daily = "cron(0 5 ? * * *)";

export function scheduleOf({ ScheduleExpression = daily }: Pick<Rule, "ScheduleExpression">): Schedule {
  const cron = /^cron\((.*)\)$/u.exec(ScheduleExpression)?.[1];
  const parsed = cron !== undefined && !hasOneOpenDay(cron) ? undefined : parseSchedule(ScheduleExpression);
  if (!parsed || parsed.kind === "at") throw invalidValue(`Invalid schedule expression: ${ScheduleExpression}`);
  return parsed;
}

/** The rules of a plan, checked. A rule that goes on keeps its id and its time. */
export function checkedRules(cloud: Cloud, region: string, input: PlanInput, former: readonly Rule[] = []): Rule[] {
  if (!/^[a-zA-Z0-9\-_.]{1,50}$/.test(input.BackupPlanName ?? "")) throw invalidValue(`Invalid backup plan name: ${input.BackupPlanName}`);
  if (!input.Rules?.length) throw invalidValue("A backup plan needs at least one rule.");
  return input.Rules.map((rule) => {
    findVault(cloud, region, rule.TargetBackupVaultName ?? "");
    scheduleOf(rule);
    if (rule.EnableContinuousBackup)
      throw invalidValue("EnableContinuousBackup is not served by the embedded cloud: databases keep any second by their own retention.");
    for (const each of [rule.Lifecycle, ...(rule.CopyActions ?? []).map(({ Lifecycle }) => Lifecycle)]) {
      const { DeleteAfterDays: gone, MoveToColdStorageAfterDays: cold } = each ?? {};
      if (gone !== undefined && gone < 1) throw invalidValue("DeleteAfterDays must be at least 1.");
      if (cold !== undefined && gone !== undefined && gone < cold + 90) {
        throw invalidValue("DeleteAfterDays cannot be less than 90 days apart from MoveToColdStorageAfterDays");
      }
    }
    for (const copy of rule.CopyActions ?? []) vaultAt(cloud, copy.DestinationBackupVaultArn ?? "");
    const same = former.find(
      ({ RuleName, ScheduleExpression }) => RuleName === rule.RuleName && ScheduleExpression === rule.ScheduleExpression,
    );
    return { ...rule, RuleId: same?.RuleId ?? cloud.world.random.uuid(), anchorMs: same?.anchorMs ?? cloud.world.clock.nowMs() };
  });
}
