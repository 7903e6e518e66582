/** Plans and their selections: made, read, changed, deleted, listed. */
import { operation, type OperationContext } from "../../../service.ts";
import { alreadyExists, invalidRequest, invalidValue, notFound } from "../errors.ts";
import { page } from "../pages.ts";
import { checkedRules, findPlan, type Plan, planArn, plans, type Rule, type Selection, selections, selectionsOf } from "../plan.ts";
import { checkSelection } from "../selection.ts";

export const createBackupPlan = operation("backup", "CreateBackupPlan", (input, context) => {
  const { cloud, region, account } = context;
  const { BackupPlan: given, CreatorRequestId: token } = input;
  if (!given) throw invalidValue("BackupPlan is required.");
  const rules = checkedRules(cloud, region, given);
  const same =
    token === undefined
      ? undefined
      : plans(cloud)
          .list(region)
          .find((each) => each.token === token);
  if (same && same.name !== given.BackupPlanName) {
    throw alreadyExists("Backup plan with the same request id already exists.", {
      Arn: planArn(region, account, same.id),
      CreatorRequestId: token,
    });
  }
  const plan: Plan = same ?? {
    id: cloud.world.random.uuid(),
    versionId: newVersion(context),
    name: given.BackupPlanName!,
    rules,
    createdMs: cloud.world.clock.nowMs(),
    tags: { ...input.BackupPlanTags },
    ...(token !== undefined && { token }),
  };
  plans(cloud).put(region, plan.id, plan);
  return {
    BackupPlanId: plan.id,
    BackupPlanArn: planArn(region, account, plan.id),
    VersionId: plan.versionId,
    CreationDate: new Date(plan.createdMs),
  };
});

const newVersion = ({ cloud }: OperationContext) =>
  cloud.world.random.text(48, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789");

export const getBackupPlan = operation("backup", "GetBackupPlan", (input, { cloud, region, account }) => {
  const plan = findPlan(cloud, region, input.BackupPlanId ?? "");
  if (input.VersionId !== undefined && input.VersionId !== plan.versionId)
    throw notFound(`Backup plan version ${input.VersionId} not found.`);
  return {
    BackupPlan: { BackupPlanName: plan.name, Rules: plan.rules.map(withoutAnchor) },
    BackupPlanId: plan.id,
    BackupPlanArn: planArn(region, account, plan.id),
    VersionId: plan.versionId,
    CreationDate: new Date(plan.createdMs),
    ...(plan.lastRunMs !== undefined && { LastExecutionDate: new Date(plan.lastRunMs) }),
  };
});

/** As it was given, with its id. */
function withoutAnchor({ anchorMs: _anchorMs, ...rule }: Rule) {
  return rule;
}

export const updateBackupPlan = operation("backup", "UpdateBackupPlan", (input, context) => {
  const { cloud, region, account } = context;
  const plan = findPlan(cloud, region, input.BackupPlanId ?? "");
  if (!input.BackupPlan) throw invalidValue("BackupPlan is required.");
  const rules = checkedRules(cloud, region, input.BackupPlan, plan.rules);
  const changed = { ...plan, rules, name: input.BackupPlan.BackupPlanName!, versionId: newVersion(context) };
  plans(cloud).put(region, plan.id, changed);
  return {
    BackupPlanId: plan.id,
    BackupPlanArn: planArn(region, account, plan.id),
    VersionId: changed.versionId,
    CreationDate: new Date(plan.createdMs),
  };
});

export const deleteBackupPlan = operation("backup", "DeleteBackupPlan", (input, { cloud, region, account }) => {
  const plan = findPlan(cloud, region, input.BackupPlanId ?? "");
  if (selectionsOf(cloud, region, plan.id).length > 0) {
    throw invalidRequest("Related backup plan selections must be deleted prior to backup plan deletion");
  }
  plans(cloud).delete(region, plan.id);
  return {
    BackupPlanId: plan.id,
    BackupPlanArn: planArn(region, account, plan.id),
    VersionId: plan.versionId,
    DeletionDate: new Date(cloud.world.clock.nowMs()),
  };
});

export const listBackupPlans = operation("backup", "ListBackupPlans", (input, { cloud, region, account }) => {
  const { items, ...more } = page(plans(cloud).list(region), input, ({ id }) => id, "plans");
  return {
    BackupPlansList: items.map((plan) => ({
      BackupPlanId: plan.id,
      BackupPlanArn: planArn(region, account, plan.id),
      BackupPlanName: plan.name,
      VersionId: plan.versionId,
      CreationDate: new Date(plan.createdMs),
      ...(plan.lastRunMs !== undefined && { LastExecutionDate: new Date(plan.lastRunMs) }),
    })),
    ...more,
  };
});

export const createBackupSelection = operation("backup", "CreateBackupSelection", async (input, { cloud, region, call }) => {
  const plan = findPlan(cloud, region, input.BackupPlanId ?? "");
  const { BackupSelection: given, CreatorRequestId: token } = input;
  if (!given) throw invalidValue("BackupSelection is required.");
  checkSelection(given);
  await requireRole(call, given.IamRoleArn!);
  const same = token === undefined ? undefined : selectionsOf(cloud, region, plan.id).find((each) => each.token === token);
  const selection: Selection = same ?? {
    id: cloud.world.random.uuid(),
    planId: plan.id,
    createdMs: cloud.world.clock.nowMs(),
    selection: given,
    ...(token !== undefined && { token }),
  };
  selections(cloud).put(region, selection.id, selection);
  return { SelectionId: selection.id, BackupPlanId: plan.id, CreationDate: new Date(selection.createdMs) };
});

/** A role that is not there cannot be assumed when the time comes. */
export async function requireRole(call: OperationContext["call"], arn: string): Promise<void> {
  try {
    await call("iam", "GetRole", { RoleName: arn.slice(arn.lastIndexOf("/") + 1) });
  } catch (error) {
    if (!(error instanceof Error && error.name.startsWith("NoSuchEntity"))) throw error;
    throw invalidValue(`IAM Role ${arn} is not valid or does not exist.`);
  }
}

function findSelection({ cloud, region }: OperationContext, planId: string | undefined, id: string | undefined): Selection {
  const found = selections(cloud).get(region, id ?? "");
  if (found?.planId !== planId) throw notFound(`Backup selection with ID ${id} not found.`);
  return found!;
}

export const getBackupSelection = operation("backup", "GetBackupSelection", (input, context) => {
  const { selection, id, planId, createdMs } = findSelection(context, input.BackupPlanId, input.SelectionId);
  return { BackupSelection: selection, SelectionId: id, BackupPlanId: planId, CreationDate: new Date(createdMs) };
});

export const deleteBackupSelection = operation("backup", "DeleteBackupSelection", (input, context) => {
  const { id } = findSelection(context, input.BackupPlanId, input.SelectionId);
  selections(context.cloud).delete(context.region, id);
  return {};
});

export const listBackupSelections = operation("backup", "ListBackupSelections", (input, { cloud, region }) => {
  const plan = findPlan(cloud, region, input.BackupPlanId ?? "");
  const { items, ...more } = page(selectionsOf(cloud, region, plan.id), input, ({ id }) => id, "selections");
  return {
    BackupSelectionsList: items.map(({ id, planId, createdMs, selection }) => ({
      SelectionId: id,
      SelectionName: selection.SelectionName,
      BackupPlanId: planId,
      CreationDate: new Date(createdMs),
      IamRoleArn: selection.IamRoleArn,
    })),
    ...more,
  };
});
