/** Moves a staging label from one version to another. */
import { checkConstraints } from "../../../constraints.ts";
import { operation } from "../../../service.ts";
import { invalidParameter } from "../errors.ts";
import { keep } from "../replication.ts";
import { primarySecret, type Secret, type SecretVersion } from "../secret.ts";
import { attach, detach } from "../versions.ts";

export const updateSecretVersionStage = operation("secretsmanager", "UpdateSecretVersionStage", (input, context) => {
  const { SecretId, VersionStage: stage, RemoveFromVersionId: fromId, MoveToVersionId: toId } = input;
  checkConstraints("ValidationException", {
    secretId: [SecretId, { length: [1, 2048] }],
    versionStage: [stage, { length: [1, 256] }],
    removeFromVersionId: [fromId, { length: [32, 64] }],
    moveToVersionId: [toId, { length: [32, 64] }],
  });
  const secret = primarySecret(context, SecretId);
  const holder = secret.versions.find(({ stages }) => stages.includes(stage));
  if (fromId !== undefined) {
    const from = versionOf(secret, fromId);
    if (from !== holder) throw invalidParameter(`Version stage ${stage} not found in version ${fromId}`);
  } else if (holder && holder.id !== toId) {
    throw invalidParameter(
      `The parameter RemoveFromVersionId can't be empty. Staging label ${stage} is currently attached to version ${holder.id}, so you must explicitly reference that version in RemoveFromVersionId.`,
    );
  }
  if (toId !== undefined) attach(secret, versionOf(secret, toId), stage);
  else if (stage === "AWSCURRENT") {
    throw invalidParameter("You can only move staging label AWSCURRENT to a different secret version. It can't be completely removed.");
  } else if (holder) detach(holder, stage);
  secret.lastChangedMs = context.cloud.world.clock.nowMs();
  keep(context, secret);
  return { ARN: secret.arn, Name: secret.name };
});

function versionOf(secret: Secret, id: string): SecretVersion {
  const version = secret.versions.find((each) => each.id === id);
  if (!version) throw invalidParameter(`Not a valid version: ${id}`);
  return version;
}
