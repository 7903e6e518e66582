/** What a file system is told about itself: who may mount it, when its files get cold, whether it is backed up. */
import type { LifecyclePolicy } from "@aws-sdk/client-efs";
import { checkConstraints } from "../../../constraints.ts";
import { parsePolicy } from "../../../identity/policy.ts";
import { operation } from "../../../service.ts";
import { wakeBackups } from "../backup.ts";
import { badRequest, invalidPolicy, policyNotFound } from "../errors.ts";
import { keepFileSystem, requireAvailable, requireFileSystem } from "../file-system.ts";

const longestPolicy = 20_000;

function checkPolicy(text: string): void {
  checkConstraints("InvalidPolicyException", { policy: [text, { length: [1, longestPolicy] }] });
  let statements;
  try {
    ({ statements } = parsePolicy(text));
  } catch {
    throw invalidPolicy("The policy is not valid JSON.");
  }
  if (statements.length === 0) throw invalidPolicy("The policy has no statement.");
  for (const { principal, actions } of statements) {
    if (principal === undefined) throw invalidPolicy("Each statement needs a Principal.");
    const strange = actions.find((action) => action !== "*" && !action.startsWith("elasticfilesystem:"));
    if (strange !== undefined || actions.length === 0) throw invalidPolicy(`The action ${strange ?? ""} is not one of elasticfilesystem.`);
  }
}

export const putFileSystemPolicy = operation("efs", "PutFileSystemPolicy", (input, context) => {
  checkPolicy(input.Policy);
  const record = requireAvailable(context, input.FileSystemId);
  keepFileSystem(context, { ...record, policy: input.Policy });
  return { FileSystemId: record.id, Policy: input.Policy };
});

export const describeFileSystemPolicy = operation("efs", "DescribeFileSystemPolicy", ({ FileSystemId }, context) => {
  const { id, policy } = requireFileSystem(context, FileSystemId);
  if (policy === undefined) throw policyNotFound(`File system '${id}' has no policy.`);
  return { FileSystemId: id, Policy: policy };
});

export const deleteFileSystemPolicy = operation("efs", "DeleteFileSystemPolicy", ({ FileSystemId }, context) => {
  const { policy: _removed, ...record } = requireAvailable(context, FileSystemId);
  keepFileSystem(context, record);
  return {};
});

const days = ["1_DAY", ...[7, 14, 30, 60, 90, 180, 270, 365].map((count) => `${count}_DAYS`)].map((age) => `AFTER_${age}`);
const rules = {
  TransitionToIA: days,
  TransitionToArchive: days,
  TransitionToPrimaryStorageClass: ["AFTER_1_ACCESS"],
} satisfies Record<keyof LifecyclePolicy, string[]>;

export const putLifecycleConfiguration = operation("efs", "PutLifecycleConfiguration", (input, context) => {
  const policies = input.LifecyclePolicies;
  const seen: string[] = [];
  for (const [index, policy] of policies.entries()) {
    const given = Object.entries(policy).filter(([, value]) => value !== undefined);
    if (given.length !== 1) throw badRequest("Each lifecycle policy must have exactly one transition.");
    const [name, value] = given[0]! as [keyof LifecyclePolicy, string];
    checkConstraints("BadRequest", { [`lifecyclePolicies.${index + 1}.member.${name}`]: [value, { enum: rules[name] }] });
    if (seen.includes(name)) throw badRequest(`The transition ${name} is given twice.`);
    seen.push(name);
  }
  keepFileSystem(context, { ...requireAvailable(context, input.FileSystemId), lifecycle: policies });
  return { LifecyclePolicies: policies };
});

export const describeLifecycleConfiguration = operation("efs", "DescribeLifecycleConfiguration", ({ FileSystemId }, context) => ({
  LifecyclePolicies: requireFileSystem(context, FileSystemId).lifecycle,
}));

export const putBackupPolicy = operation("efs", "PutBackupPolicy", async (input, context) => {
  const status = input.BackupPolicy.Status;
  checkConstraints("BadRequest", { "backupPolicy.status": [status, { enum: ["ENABLED", "DISABLED"] }] });
  const backup = status === "ENABLED" ? ("ENABLED" as const) : ("DISABLED" as const);
  if (backup === "ENABLED") await wakeBackups(context.cloud);
  keepFileSystem(context, { ...requireAvailable(context, input.FileSystemId), backup });
  return { BackupPolicy: { Status: backup } };
});

export const describeBackupPolicy = operation("efs", "DescribeBackupPolicy", ({ FileSystemId }, context) => {
  const { id, backup } = requireFileSystem(context, FileSystemId);
  if (backup === undefined) throw policyNotFound(`File system '${id}' has no backup policy.`);
  return { BackupPolicy: { Status: backup } };
});
