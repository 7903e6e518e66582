/** What AWS Backup does: jobs that back up, copy and restore; and the recovery points that come of them. */
import type { Cloud } from "../../cloud.ts";
import { notFound } from "./errors.ts";
import type { Lifecycle } from "./lifecycle.ts";
import type { Tags } from "./vault.ts";

export type ResourceKind = "RDS" | "Aurora" | "EFS" | "S3";

export interface CreatedBy {
  planId: string;
  planVersion: string;
  ruleId: string;
}

interface Job {
  id: string;
  state: "CREATED" | "RUNNING" | "COMPLETED" | "FAILED";
  message?: string;
  createdMs: number;
  completedMs?: number;
  roleArn: string;
  token?: string;
}

export interface BackupJob extends Omit<Job, "state"> {
  /** Created: it waits for its beginning; expired: in vain. */
  state: Job["state"] | "EXPIRED";
  vault: string;
  resourceArn: string;
  kind: ResourceKind;
  recoveryPointArn?: string;
  lifecycle: Lifecycle;
  tags: Tags;
  createdBy?: CreatedBy;
  /** What follows when it is complete. */
  copies: { vaultArn: string; lifecycle: Lifecycle }[];
}

export interface CopyJob extends Job {
  sourceVaultArn: string;
  sourceArn: string;
  destinationVaultArn: string;
  destinationArn?: string;
  resourceArn: string;
  kind: ResourceKind;
  lifecycle: Lifecycle;
  createdBy?: CreatedBy;
}

export interface RestoreJob extends Job {
  recoveryPointArn: string;
  kind: ResourceKind;
  metadata: Record<string, string>;
  createdArn?: string;
}

export interface RecoveryPoint {
  arn: string;
  vault: string;
  resourceArn: string;
  kind: ResourceKind;
  status: "COMPLETED" | "CREATING";
  createdMs: number;
  completedMs: number;
  roleArn: string;
  lifecycle: Lifecycle;
  /** Of a copy: where it was copied from. */
  sourceVaultArn?: string;
  createdBy?: CreatedBy;
  encrypted: boolean;
  /** Of what AWS Backup keeps itself. */
  sizeBytes?: number;
  /** What a restore of that can be told. */
  metadata?: Record<string, string>;
  tags: Tags;
}

export const backupJobs = (cloud: Cloud) => cloud.store.collection<BackupJob>("backup.backup-jobs");
export const copyJobs = (cloud: Cloud) => cloud.store.collection<CopyJob>("backup.copy-jobs");
export const restoreJobs = (cloud: Cloud) => cloud.store.collection<RestoreJob>("backup.restore-jobs");
/** By ARN. */
export const recoveryPoints = (cloud: Cloud) => cloud.store.collection<RecoveryPoint>("backup.recovery-points");

export function findRecoveryPoint(cloud: Cloud, region: string, vault: string | undefined, arn: string): RecoveryPoint {
  const found = recoveryPoints(cloud).get(region, arn);
  if (!found || (vault !== undefined && found.vault !== vault))
    throw notFound(`Recovery point ${arn} not found${vault ? ` in backup vault ${vault}` : ""}.`);
  return found;
}

/** When its lifecycle ends it. */
export function deleteAtMs({ createdMs, lifecycle }: Pick<RecoveryPoint, "createdMs" | "lifecycle">): number | undefined {
  return lifecycle.DeleteAfterDays === undefined ? undefined : createdMs + lifecycle.DeleteAfterDays * 24 * 60 * 60 * 1000;
}
