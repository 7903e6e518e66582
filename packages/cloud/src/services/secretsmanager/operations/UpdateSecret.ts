/** Changes a secret's description or key, and its value with a new version. */
import { checkConstraints } from "../../../constraints.ts";
import { operation } from "../../../service.ts";
import { resealed } from "../sealing.ts";
import { keep } from "../replication.ts";
import { primarySecret } from "../secret.ts";
import { addVersion, checkToken, checkValue, hasValue } from "../versions.ts";

export const updateSecret = operation("secretsmanager", "UpdateSecret", (input, context) => {
  const { SecretId, ClientRequestToken: token, Description, KmsKeyId, Type } = input;
  checkConstraints("ValidationException", {
    secretId: [SecretId, { length: [1, 2048] }],
    description: [Description, { length: [0, 2048] }],
    kmsKeyId: [KmsKeyId, { length: [0, 2048] }],
    type: [Type, { length: [0, 256] }],
  });
  checkToken(token);
  checkValue(input);
  const secret = primarySecret(context, SecretId);
  if (Description !== undefined) {
    if (Description === "") delete secret.description;
    else secret.description = Description;
  }
  if (KmsKeyId !== undefined) {
    if (KmsKeyId === "") delete secret.kmsKeyId;
    else secret.kmsKeyId = KmsKeyId;
    resealed(context, secret);
  }
  if (Type !== undefined) secret.type = Type;
  secret.lastChangedMs = context.cloud.world.clock.nowMs();
  const version = hasValue(input) ? addVersion(context, secret, input, token) : undefined;
  keep(context, secret);
  return { ARN: secret.arn, Name: secret.name, ...(version && { VersionId: version.id }) };
});
