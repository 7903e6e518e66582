/** Object Lock: what keeps versions from being deleted (Amazon S3 User Guide, "Locking objects with Object Lock"). */
import { AwsError } from "../../aws-error.ts";
import type { Bucket } from "./buckets.ts";
import { invalidArgument, invalidRequest, locked, malformedXml } from "./errors.ts";
import type { Content } from "./objects.ts";

export interface LockRule {
  Mode: string;
  Days?: number;
  Years?: number;
}

export type Lock = Pick<Content, "retention" | "legalHold">;

const modes = ["GOVERNANCE", "COMPLIANCE"];
const dayMs = 86_400_000;

export const noLockOfBucket = () => invalidRequest("Bucket is missing Object Lock Configuration");
export const noLockOfObject = () =>
  new AwsError("NoSuchObjectLockConfiguration", "The specified object does not have a ObjectLock configuration", 404);

export interface LockInput {
  ObjectLockMode?: string | undefined;
  ObjectLockRetainUntilDate?: Date | undefined;
  ObjectLockLegalHoldStatus?: string | undefined;
}

/** The lock of an object that is written: its own, or by the bucket's rule. */
export function lockOf(input: LockInput, { lock }: Bucket, nowMs: number): Lock {
  const { ObjectLockMode: mode, ObjectLockRetainUntilDate: until, ObjectLockLegalHoldStatus: hold } = input;
  if (!lock && (mode !== undefined || until || hold !== undefined)) throw noLockOfBucket();
  if ((mode === undefined) !== (until === undefined)) {
    throw invalidArgument(
      "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied",
      mode === undefined ? "x-amz-object-lock-mode" : "x-amz-object-lock-retain-until-date",
      undefined,
    );
  }
  if (hold !== undefined && hold !== "ON" && hold !== "OFF")
    throw invalidArgument("Legal Hold must be either of 'ON' or 'OFF'", "x-amz-object-lock-legal-hold", hold);
  const rule = lock?.rule;
  const retention =
    mode !== undefined && until
      ? retentionOf(mode, until, nowMs, invalidArgument("Unknown wormMode directive.", "x-amz-object-lock-mode", mode))
      : rule && { mode: rule.Mode, untilMs: endOf(rule, nowMs) };
  return { ...(retention && { retention }), ...(hold !== undefined && { legalHold: hold }) };
}

export function retentionOf(mode: string, until: Date, nowMs: number, unknownMode: AwsError): { mode: string; untilMs: number } {
  if (!modes.includes(mode)) throw unknownMode;
  if (until.getTime() <= nowMs)
    throw invalidArgument("The retain until date must be in the future!", "x-amz-object-lock-retain-until-date", until.toISOString());
  return { mode, untilMs: until.getTime() };
}

function endOf({ Days, Years }: LockRule, nowMs: number): number {
  return nowMs + (Days ?? (Years ?? 0) * 365) * dayMs;
}

/** The rule of PutObjectLockConfiguration: a mode, and days or years. */
export function ruleOf(given: { Mode?: string | undefined; Days?: number | undefined; Years?: number | undefined } | undefined): LockRule {
  const { Mode, Days, Years } = given ?? {};
  if (Mode === undefined || !modes.includes(Mode) || (Days === undefined) === (Years === undefined)) throw malformedXml();
  if ((Days ?? Years)! <= 0) throw invalidArgument("Default retention period must be a positive integer value.", "Days", Days ?? Years);
  return { Mode, ...(Days !== undefined && { Days }), ...(Years !== undefined && { Years }) };
}

/** Throws where a version may not be deleted now. */
export function checkDeletable({ retention, legalHold }: Lock, nowMs: number, bypassGovernance: boolean): void {
  if (legalHold === "ON") throw locked();
  if (retention && retention.untilMs > nowMs && !(retention.mode === "GOVERNANCE" && bypassGovernance)) throw locked();
}

/** Throws where a retention may not become another, weaker one. */
export function checkWeaker(before: Lock["retention"], after: Lock["retention"], nowMs: number, bypassGovernance: boolean): void {
  if (!before || before.untilMs <= nowMs) return;
  const weaker = !after || after.untilMs < before.untilMs || (before.mode === "COMPLIANCE" && after.mode !== "COMPLIANCE");
  const modeChanges = after !== undefined && after.mode !== before.mode;
  if ((weaker || modeChanges) && !(before.mode === "GOVERNANCE" && bypassGovernance)) throw locked();
}

/** The members that tell an object's lock in answers. */
export function lockMembers({ retention, legalHold }: Lock) {
  return {
    ...(retention && { ObjectLockMode: retention.mode as "GOVERNANCE", ObjectLockRetainUntilDate: new Date(retention.untilMs) }),
    ...(legalHold && { ObjectLockLegalHoldStatus: legalHold }),
  };
}
