/** A secret's versions: made under a client's token, labelled, and forgotten when they are old and carry no label. */
import { AwsError } from "../../aws-error.ts";
import { checkConstraints } from "../../constraints.ts";
import { invalidParameter, tokenInUse, valueNotFound, invalidRequest } from "./errors.ts";
import { type Caller, isFilled, openedValue, sealedValue } from "./sealing.ts";
import type { Secret, SecretVersion } from "./secret.ts";

export interface Value {
  SecretString?: string | undefined;
  SecretBinary?: Uint8Array | undefined;
}

const longestValueBytes = 65_536;
/** Deprecated versions are kept up to this number, and at least this long (quotas of Secrets Manager). */
const keptVersions = 100;
const keptMs = 86_400_000;

export const hasValue = ({ SecretString, SecretBinary }: Value): boolean => SecretString !== undefined || SecretBinary !== undefined;

/** Values stay out of the messages. */
export function checkValue({ SecretString, SecretBinary }: Value): void {
  if (SecretString !== undefined && SecretBinary !== undefined) {
    throw invalidParameter("You can't specify both a binary secret value and a string secret value in the same secret.");
  }
  const [path, sizeBytes] =
    SecretString !== undefined ? ["secretString", Buffer.byteLength(SecretString)] : ["secretBinary", SecretBinary?.length ?? 1];
  if (sizeBytes >= 1 && sizeBytes <= longestValueBytes) return;
  const bound = sizeBytes < 1 ? "greater than or equal to 1" : `less than or equal to ${longestValueBytes}`;
  throw new AwsError(
    "ValidationException",
    `1 validation error detected: Value at '${path}' failed to satisfy constraint: Member must have length ${bound}`,
  );
}

export function checkToken(token: string | undefined): void {
  if (token !== undefined && (token.length < 32 || token.length > 64)) {
    throw invalidParameter("ClientRequestToken must be 32-64 characters long.");
  }
}

export function checkStages(stages: readonly string[] | undefined): void {
  checkConstraints("ValidationException", {
    versionStages: [stages, { length: [1, 20] }],
    ...Object.fromEntries(
      (stages ?? []).map((stage, index) => [`versionStages.${index + 1}.member`, [stage, { length: [1, 256] }] as const]),
    ),
  });
}

/**
 * Adds a version under `token`, or finds that it is there already with the same value (a repeated request). `stages` default
 * to AWSCURRENT; the first version of all always gets that.
 */
export function addVersion(
  context: Caller,
  secret: Secret,
  value: Value,
  token: string | undefined,
  stages: readonly string[] = ["AWSCURRENT"],
): SecretVersion {
  const { cloud } = context;
  const id = token ?? cloud.world.random.uuid();
  const nowMs = cloud.world.clock.nowMs();
  const known = secret.versions.find((version) => version.id === id);
  if (known && isFilled(known)) {
    if (!isSame(openedValue(context, secret, known), value)) throw tokenInUse(id, secret.arn);
    return known;
  }
  const sealed = sealedValue(context, secret, id, value);
  // A rotation has made it, empty, for its function to fill.
  if (known) {
    known.value = sealed;
    for (const stage of stages) attach(secret, known, stage);
    return known;
  }
  const version: SecretVersion = { id, createdMs: nowMs, stages: [], value: sealed };
  const first = secret.versions.length === 0;
  secret.versions.push(version);
  for (const stage of stages) attach(secret, version, stage);
  if (first && !version.stages.includes("AWSCURRENT")) attach(secret, version, "AWSCURRENT");
  secret.lastChangedMs = nowMs;
  prune(secret, nowMs);
  return version;
}

const isSame = (known: Value, given: Value): boolean =>
  known.SecretString === given.SecretString &&
  Buffer.from(known.SecretBinary ?? []).equals(given.SecretBinary ?? new Uint8Array()) &&
  (known.SecretBinary === undefined) === (given.SecretBinary === undefined);

/** A label is on one version at a time, and AWS shows them by name; the one that AWSCURRENT leaves becomes AWSPREVIOUS. */
export function attach(secret: Secret, version: SecretVersion, stage: string): void {
  const holder = secret.versions.find(({ stages }) => stages.includes(stage));
  if (holder === version) return;
  if (holder) {
    detach(holder, stage);
    if (stage === "AWSCURRENT") {
      for (const each of secret.versions) detach(each, "AWSPREVIOUS");
      holder.stages = [...holder.stages, "AWSPREVIOUS"].sort();
    }
  }
  version.stages = [...version.stages, stage].sort();
}

export function detach(version: SecretVersion, stage: string): void {
  version.stages = version.stages.filter((each) => each !== stage);
}

function prune(secret: Secret, nowMs: number): void {
  let surplus = secret.versions.length - keptVersions;
  secret.versions = secret.versions.filter(({ stages, createdMs }) => {
    if (surplus <= 0 || stages.length > 0 || nowMs - createdMs < keptMs) return true;
    surplus--;
    return false;
  });
}

/** By id, by label, or by both, which then have to mean the same. Default: AWSCURRENT. */
export function findVersion(secret: Readonly<Secret>, id: string | undefined, stage: string | undefined): SecretVersion {
  if (id !== undefined) {
    const version = secret.versions.find((each) => each.id === id);
    if (!version || !isFilled(version)) throw valueNotFound("VersionId", id);
    if (stage !== undefined && !version.stages.includes(stage)) {
      throw invalidRequest("You provided a VersionStage that is not associated to the provided VersionId.");
    }
    return version;
  }
  const wanted = stage ?? "AWSCURRENT";
  const version = secret.versions.find(({ stages }) => stages.includes(wanted));
  if (!version || !isFilled(version)) throw valueNotFound("staging label", wanted);
  return version;
}
