/** What stops a deployment: whose matter it is, in one sentence, and what to do. */

export type DeployErrorCode =
  /** A stack did not reach its state. */
  | "stack-failed"
  /** A task that had to end with 0 did not, or could not start. */
  | "task-failed"
  | "image-failed"
  /** A resource would have to be made anew under a name that is still taken. */
  | "cannot-replace"
  /** Required secrets have no value. */
  | "secrets-missing"
  /** Another deployment holds the stage. */
  | "held"
  /** A number that the app, or AWS, does not allow. */
  | "out-of-bounds"
  /** The stage is stopped: it starts first. */
  | "stopped"
  /** What would happen is not what the plan says that was agreed to. */
  | "not-as-planned"
  /** Only a part was asked for, and the app's file has changed more than that. */
  | "other-changes"
  /** A file is no plan. */
  | "no-plan"
  /** The user stopped it. */
  | "interrupted"
  /** No account, no permission, no network, no builder: nothing to do with the app. */
  | "environment"
  /** What was asked for is not there. */
  | "not-found";

export interface DeployErrorDetails {
  /** What would be right, or the next command. */
  remedy?: string;
  /** What was seen, line by line: stopped reasons, last log lines. */
  evidence?: string[];
  cause?: unknown;
}

export class DeployError extends Error {
  readonly code: DeployErrorCode;
  readonly remedy: string | undefined;
  readonly evidence: readonly string[];

  constructor(code: DeployErrorCode, message: string, { remedy, evidence = [], cause }: DeployErrorDetails = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "DeployError";
    this.code = code;
    this.remedy = remedy;
    this.evidence = evidence;
  }
}
