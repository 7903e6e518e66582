/** A secret's next version: it waits under AWSPENDING until what it opens has it, and is then made AWSCURRENT. */
import type { Aws } from "../../aws.ts";
import { DeployError } from "../../deploy-error.ts";

/** As the templates have them generated: safe in a URL, in JSON, for RDS and for ElastiCache. */
export async function newPassword(aws: Aws): Promise<string> {
  const { RandomPassword = "" } = await aws.call("secretsmanager", "GetRandomPassword", { PasswordLength: 40, ExcludePunctuation: true });
  return RandomPassword;
}

/**
 * Makes the version, unless an earlier attempt has made it.
 * @param token its id: the same at every attempt of the same rotation.
 * @param next the members that change.
 * @returns whether it was made now.
 */
export async function makePending(
  aws: Aws,
  SecretId: string,
  token: string,
  next: () => Promise<Record<string, string>>,
): Promise<boolean> {
  if ((await stagesOf(aws, SecretId))[token] !== undefined) return false;
  const members = await secretMembers(aws, SecretId);
  await aws.call("secretsmanager", "PutSecretValue", {
    SecretId,
    ClientRequestToken: token,
    SecretString: JSON.stringify({ ...members, ...(await next()) }),
    VersionStages: ["AWSPENDING"],
  });
  return true;
}

/** @returns whether it had to be done. */
export async function makeCurrent(aws: Aws, SecretId: string, token: string): Promise<boolean> {
  const stages = await stagesOf(aws, SecretId);
  const current = Object.keys(stages).find((id) => stages[id]?.includes("AWSCURRENT"));
  if (current !== token) {
    await aws.call("secretsmanager", "UpdateSecretVersionStage", {
      SecretId,
      VersionStage: "AWSCURRENT",
      MoveToVersionId: token,
      ...(current === undefined ? {} : { RemoveFromVersionId: current }),
    });
  }
  if (stages[token]?.includes("AWSPENDING")) {
    await aws.call("secretsmanager", "UpdateSecretVersionStage", { SecretId, VersionStage: "AWSPENDING", RemoveFromVersionId: token });
  }
  return current !== token;
}

export async function isCurrent(aws: Aws, SecretId: string, token: string): Promise<boolean> {
  return (await stagesOf(aws, SecretId))[token]?.includes("AWSCURRENT") ?? false;
}

async function stagesOf(aws: Aws, SecretId: string): Promise<Record<string, string[]>> {
  return (await aws.call("secretsmanager", "DescribeSecret", { SecretId })).VersionIdsToStages ?? {};
}

/** @param VersionId default: the one that is current. @throws DeployError `task-failed` where it is no JSON object. */
export async function secretMembers(aws: Aws, SecretId: string, VersionId?: string): Promise<Record<string, string>> {
  const { SecretString = "" } = await aws.call("secretsmanager", "GetSecretValue", { SecretId, ...(VersionId && { VersionId }) });
  try {
    const parsed: unknown = JSON.parse(SecretString);
    if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) return parsed as Record<string, string>;
  } catch {
    // said below; the value itself stays out of the message
  }
  throw new DeployError("task-failed", `The secret ${SecretId} is no JSON object: it was changed by hand.`, {
    remedy: "Set it back to its version before (AWSPREVIOUS), then rotate again.",
  });
}
