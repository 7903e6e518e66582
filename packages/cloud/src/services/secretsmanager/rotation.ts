/**
 * A secret's rotation: four steps of a function, one after the other, for a version that waits under AWSPENDING. What was begun is
 * on disk before the function is called, so that a start of the cloud goes on with it. One that fails is tried again, the whole of it
 * for the same version. Source: Secrets Manager User Guide, "Rotation by Lambda function".
 */
import { AwsError } from "../../aws-error.ts";
import type { Cloud } from "../../cloud.ts";
import { servicePrincipal } from "../../identity/principal.ts";
import type { OperationContext } from "../../service.ts";
import { nextWindow, type RotationRules } from "./rotation-rules.ts";
import { keep } from "./replication.ts";
import { peekSecret, type Secret } from "./secret.ts";
import { detach } from "./versions.ts";

export interface Rotation {
  enabled: boolean;
  lambdaArn: string;
  rules: RotationRules;
  lastMs?: number;
  /** The next window, while it is enabled and has rules. */
  nextMs?: number;
  closesMs?: number;
  underWay?: RotationUnderWay;
}

export interface RotationUnderWay {
  /** The version's id. */
  token: string;
  /** Which of the steps comes next. */
  step: number;
  /** How often the whole has failed. */
  failures: number;
  /** When it is gone on with. */
  tryMs: number;
  /** Only the step testSecret, of a rotation that is set up and not begun; nothing is changed. */
  test?: true;
}

type Place = Pick<OperationContext, "cloud" | "account" | "region">;
type Rotated = Secret & { rotation: Rotation };

const steps = ["createSecret", "setSecret", "testSecret", "finishSecret"] as const;
/** AWS does not publish its own waits. */
const waitsMs = [60_000, 300_000, 900_000, 3_600_000];

/** May the function be called for this secret? Asked before a rotation is set up. */
export async function checkFunction(place: Place, secret: Secret, lambdaArn: string): Promise<void> {
  try {
    await calling(place, secret)("lambda", "Invoke", { FunctionName: lambdaArn, InvocationType: "DryRun" });
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw new AwsError(
      "AccessDeniedException",
      "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com.",
    );
  }
}

const calling = ({ cloud, account, region }: Place, { arn }: Secret) =>
  cloud.as(servicePrincipal(account, "secretsmanager.amazonaws.com", arn), region);

/** Whether a version waits that is not the current one: another rotation does not begin then. */
export const isPending = ({ versions }: Secret): boolean =>
  versions.some(({ stages }) => stages.includes("AWSPENDING") && !stages.includes("AWSCURRENT"));

/** Its next window, counted from the last change. */
export function planned(rotation: Rotation, lastMs: number, nowMs: number): Rotation {
  const { nextMs: _, closesMs: __, ...rest } = rotation;
  const next = rotation.enabled ? nextWindow(rotation.rules, lastMs, nowMs) : undefined;
  return { ...rest, ...(next && { nextMs: next.opensMs, closesMs: next.closesMs }) };
}

/** An empty version under AWSPENDING, which the function fills. */
export function begin(secret: Rotated, token: string, nowMs: number): void {
  if (!secret.versions.some(({ id }) => id === token)) secret.versions.push({ id: token, createdMs: nowMs, stages: [] });
  for (const version of secret.versions) {
    detach(version, "AWSPENDING");
    if (version.id === token) version.stages = [...version.stages, "AWSPENDING"].sort();
  }
  secret.rotation = { ...secret.rotation, underWay: { token, step: 0, failures: 0, tryMs: nowMs } };
}

/** The same with the value that is current, for a test of the function: it goes afterwards. */
export function beginTest(secret: Rotated, token: string, nowMs: number): void {
  const current = secret.versions.find(({ stages }) => stages.includes("AWSCURRENT"));
  if (!current) return;
  secret.versions.push({ ...current, id: token, createdMs: nowMs, stages: ["AWSPENDING"] });
  secret.rotation = { ...secret.rotation, underWay: { token, step: steps.indexOf("testSecret"), failures: 0, tryMs: nowMs, test: true } };
}

/** Takes the steps that are left. Returns when it has ended, has to be tried later, or the cloud stops. */
export async function goOn(cloud: Cloud, region: string, name: string): Promise<void> {
  const place: Place = { cloud, account: cloud.account, region };
  const { stopping } = cloud;
  for (;;) {
    const secret = rotated(place, name);
    const underWay = secret?.rotation.underWay;
    if (!secret || !underWay || secret.deletionMs !== undefined) return;
    const failure = await take(place, secret, underWay, stopping);
    if (failure === "stopped") return;
    const after = rotated(place, name);
    // Cancelled, or begun anew, while the function ran.
    if (after?.rotation.underWay?.token !== underWay.token) continue;
    if (underWay.test) endTest(after, underWay.token);
    else if (failure !== undefined) putOff(after, underWay, cloud.world.clock.nowMs());
    else if (underWay.step + 1 < steps.length) after.rotation.underWay = { ...underWay, step: underWay.step + 1 };
    else if (isPending(after)) putOff(after, underWay, cloud.world.clock.nowMs());
    else end(after, cloud.world.clock.nowMs());
    keep(place, after);
    if (after.rotation.underWay === undefined || after.rotation.underWay.failures > underWay.failures) return;
  }
}

function rotated(place: Place, name: string): Rotated | undefined {
  const secret = peekSecret(place, name);
  return secret?.rotation ? (secret as Rotated) : undefined;
}

/** @returns what went wrong; `stopped` where that was the cloud's own end. */
async function take(place: Place, secret: Rotated, { token, step }: RotationUnderWay, stopping: AbortSignal): Promise<string | undefined> {
  const Payload = new TextEncoder().encode(JSON.stringify({ Step: steps[step], SecretId: secret.arn, ClientRequestToken: token }));
  const ended = new Promise<"stopped">((done) => stopping.addEventListener("abort", () => done("stopped"), { once: true }));
  const called = calling(place, secret)("lambda", "Invoke", { FunctionName: secret.rotation.lambdaArn, Payload }).then(
    ({ FunctionError }) => (FunctionError === undefined ? undefined : `${steps[step]} failed`),
    (error: unknown) => {
      if (stopping.aborted) return "stopped";
      if (error instanceof AwsError) return error.message;
      throw error;
    },
  );
  const failure = await Promise.race([called, ended]);
  return stopping.aborted ? "stopped" : failure;
}

/** The window that was due is used up only when it succeeds; after the last wait it is tried at that pace. */
function putOff(secret: Rotated, underWay: RotationUnderWay, nowMs: number): void {
  const waitMs = waitsMs[Math.min(underWay.failures, waitsMs.length - 1)]!;
  secret.rotation.underWay = { ...underWay, step: 0, failures: underWay.failures + 1, tryMs: nowMs + waitMs };
}

function end(secret: Rotated, nowMs: number): void {
  const { underWay: _, ...rest } = secret.rotation;
  secret.rotation = planned({ ...rest, lastMs: nowMs }, nowMs, nowMs);
}

function endTest(secret: Rotated, token: string): void {
  const { underWay: _, ...rest } = secret.rotation;
  secret.rotation = rest;
  secret.versions = secret.versions.filter(({ id, stages }) => id !== token || stages.includes("AWSCURRENT"));
}
