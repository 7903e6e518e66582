/** Deleting with a way back, and taking it: DeleteSecret, RestoreSecret. */
import { checkConstraints } from "../../../constraints.ts";
import { operation } from "../../../service.ts";
import { invalidParameter, invalidRequest, notOnReplica, secretNotFound } from "../errors.ts";
import { keep } from "../replication.ts";
import { checkName, findSecret, forget, newArn, peekSecret, type Secret } from "../secret.ts";

const dayMs = 86_400_000;

export const deleteSecret = operation("secretsmanager", "DeleteSecret", (input, context) => {
  const { SecretId, RecoveryWindowInDays: days, ForceDeleteWithoutRecovery: force = false } = input;
  checkConstraints("ValidationException", { secretId: [SecretId, { length: [1, 2048] }] });
  if (!SecretId.startsWith("arn:")) checkName(SecretId);
  if (days !== undefined && !(days >= 7 && days <= 30)) {
    throw invalidParameter("The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).");
  }
  if (force && days !== undefined) {
    throw invalidParameter("You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.");
  }
  const nowMs = context.cloud.world.clock.nowMs();
  const secret = peekSecret(context, SecretId);
  if (force) {
    // Also for one that is not there: DeleteSecret's reference promises no error then.
    if (!secret)
      return { ARN: SecretId.startsWith("arn:") ? SecretId : newArn(context, SecretId), Name: SecretId, DeletionDate: new Date(nowMs) };
    checkAlone(secret);
    forget(context, secret);
    return { ARN: secret.arn, Name: secret.name, DeletionDate: new Date(nowMs) };
  }
  if (!secret) throw secretNotFound();
  if (secret.deletionMs !== undefined) {
    throw invalidRequest("You can't perform this operation on the secret because it was already scheduled for deletion.");
  }
  checkAlone(secret);
  secret.deletionMs = nowMs + (days ?? 30) * dayMs;
  keep(context, secret);
  return { ARN: secret.arn, Name: secret.name, DeletionDate: new Date(secret.deletionMs) };
});

/** Copies go first, and a copy goes by its primary secret. */
function checkAlone({ name, primaryRegion, replicas = [] }: Secret): void {
  if (primaryRegion !== undefined) throw notOnReplica();
  if (replicas.length === 0) return;
  throw invalidParameter(
    `You can't delete secret ${name} that still has replica regions [${replicas.map(({ region }) => region).join(",")}]`,
  );
}

export const restoreSecret = operation("secretsmanager", "RestoreSecret", ({ SecretId }, context) => {
  checkConstraints("ValidationException", { secretId: [SecretId, { length: [1, 2048] }] });
  const secret = findSecret(context, SecretId);
  delete secret.deletionMs;
  keep(context, secret);
  return { ARN: secret.arn, Name: secret.name };
});
