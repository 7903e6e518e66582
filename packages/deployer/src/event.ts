/** What a deployment tells while it runs. It prints nothing itself; a secret's value never stands in an event. */
import type { Layer } from "@plinth/compiler";

/** The steps of the runbook, by the names that progress shows. */
export type StepKind =
  | "identity"
  | "lease"
  | "service-linked-roles"
  | "domains"
  | "stack"
  | "image"
  | "files"
  | "secrets"
  | "database-administration"
  | "migration"
  | "health"
  | "scale"
  | "restart"
  | "rotation"
  | "recover"
  | "failover"
  | "followers"
  | "pause"
  | "resume"
  | "snapshot"
  | "restore"
  | "count"
  | "back-pass"
  | "outputs";

export type DeployEvent =
  | { type: "step"; kind: StepKind; id: string; state: "started" }
  /** `detail` says what came of it in a few words: `unchanged`, `3 resources`, `pushed`. */
  | { type: "step"; kind: StepKind; id: string; state: "finished" | "skipped"; detail?: string; durationMs: number }
  | { type: "step"; kind: StepKind; id: string; state: "failed"; detail: string; durationMs: number }
  | ResourceEvent
  /** A line of a task that the deployment runs. */
  | { type: "log"; task: string; line: string }
  /** Something to know that is no step: a takeover, a wait for a stack in progress. */
  | { type: "note"; message: string };

/** One resource of one stack reached a status, in CloudFormation's words (`CREATE_IN_PROGRESS`). */
export interface ResourceEvent {
  type: "resource";
  stack: string;
  layer: Layer | undefined;
  logicalId: string;
  resourceType: string;
  /** The inventory key, where the resource comes from one. */
  key?: string;
  status: string;
  reason?: string;
}

export type Emit = (event: DeployEvent) => void;
