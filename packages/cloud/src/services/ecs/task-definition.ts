/** Task definitions: their records, how a request names one, and what describes say of them. */
import type { ContainerDefinition, TaskDefinition } from "@aws-sdk/client-ecs";
import { clientError, invalidParameter } from "./errors.ts";
import { lastName, type Scope, taskDefinitionArn } from "./names.ts";

export interface TaskDefinitionRecord {
  family: string;
  revision: number;
  status: "ACTIVE" | "INACTIVE" | "DELETE_IN_PROGRESS";
  registeredMs: number;
  deregisteredMs?: number;
  deleteRequestedMs?: number;
  registeredBy: string;
  tags: Record<string, string>;
  /** What the caller registered, with AWS's defaults filled in. */
  definition: Omit<TaskDefinition, "registeredAt" | "deregisteredAt" | "deleteRequestedAt" | "containerDefinitions"> & {
    containerDefinitions: ContainerDefinition[];
  };
}

const definitions = ({ cloud }: Pick<Scope, "cloud">) => cloud.store.collection<TaskDefinitionRecord>("ecs-task-definition");
const revisions = ({ cloud }: Pick<Scope, "cloud">) => cloud.store.collection<{ last: number }>("ecs-family");
// Numbers of equal length, so that a family's revisions come in their order.
const keyOf = (family: string, revision: number) => `${family}:${String(revision).padStart(10, "0")}`;

export function saveTaskDefinition(scope: Scope, record: TaskDefinitionRecord): void {
  definitions(scope).put(scope.region, keyOf(record.family, record.revision), record);
}

export function removeTaskDefinition(scope: Scope, { family, revision }: TaskDefinitionRecord): void {
  definitions(scope).delete(scope.region, keyOf(family, revision));
}

/** The number that the family's next revision has; numbers are never used again. */
export function nextRevision(scope: Scope, family: string): number {
  const revision = (revisions(scope).get(scope.region, family)?.last ?? 0) + 1;
  revisions(scope).put(scope.region, family, { last: revision });
  return revision;
}

/** In the order of families and revisions. */
export function listTaskDefinitions(scope: Scope, family?: string): TaskDefinitionRecord[] {
  return definitions(scope).list(scope.region, family ? `${family}:` : "");
}

export function arnOf(scope: Scope, { family, revision }: TaskDefinitionRecord): string {
  return taskDefinitionArn(scope, family, revision);
}

/** By ARN, `family:revision`, or `family` for its latest active revision. */
export function findTaskDefinition(scope: Scope, given: string): TaskDefinitionRecord | undefined {
  if (given.startsWith("arn:")) {
    const match = /^arn:aws[a-z-]*:ecs:([a-z0-9-]+):(\d{12}):task-definition\/(.+)$/.exec(given);
    if (!match || match[1] !== scope.region || match[2] !== scope.account) return undefined;
  }
  const [family, revision] = lastName(given).split(":");
  if (revision === undefined) return listTaskDefinitions(scope, family).findLast(({ status }) => status === "ACTIVE");
  if (!/^\d+$/.test(revision)) throw invalidParameter(`Invalid revision number. Number: ${revision}`);
  return definitions(scope).get(scope.region, keyOf(family!, Number(revision)));
}

/** What is to be run: an active one. */
export function requireActiveTaskDefinition(scope: Scope, given: string): TaskDefinitionRecord {
  const found = findTaskDefinition(scope, given);
  if (!found) throw clientError("TaskDefinition not found.");
  if (found.status !== "ACTIVE") throw clientError("TaskDefinition is inactive");
  return found;
}

export function describeTaskDefinition(scope: Scope, record: TaskDefinitionRecord): TaskDefinition {
  return {
    ...record.definition,
    taskDefinitionArn: arnOf(scope, record),
    family: record.family,
    revision: record.revision,
    status: record.status,
    registeredAt: new Date(record.registeredMs),
    registeredBy: record.registeredBy,
    ...(record.deregisteredMs !== undefined && { deregisteredAt: new Date(record.deregisteredMs) }),
    ...(record.deleteRequestedMs !== undefined && { deleteRequestedAt: new Date(record.deleteRequestedMs) }),
  };
}
