/** Rotation by a Lambda function: RotateSecret, CancelRotateSecret. */
import { checkConstraints } from "../../../constraints.ts";
import { operation } from "../../../service.ts";
import { invalidParameter, invalidRequest, notServedHere } from "../errors.ts";
import { lookAtRotations } from "../life.ts";
import { begin, beginTest, checkFunction, isPending, planned, type Rotation } from "../rotation.ts";
import { checkedRules } from "../rotation-rules.ts";
import { keep } from "../replication.ts";
import { primarySecret, type Secret } from "../secret.ts";
import { checkToken } from "../versions.ts";

const noFunction =
  "You tried to enable rotation on a secret that doesn't already have a Lambda function ARN configured and you didn't include such an ARN as a parameter in this call.";

export const rotateSecret = operation("secretsmanager", "RotateSecret", async (input, context) => {
  const { SecretId, RotationLambdaARN, ClientRequestToken, RotateImmediately = true } = input;
  checkConstraints("ValidationException", {
    secretId: [SecretId, { length: [1, 2048] }],
    rotationLambdaARN: [RotationLambdaARN, { length: [0, 2048] }],
  });
  checkToken(ClientRequestToken);
  const rules = checkedRules(input.RotationRules);
  if (input.ExternalSecretRotationRoleArn !== undefined || input.ExternalSecretRotationMetadata?.length) {
    throw notServedHere("rotate secrets of other vendors");
  }
  const before = primarySecret(context, SecretId);
  if (before.owningService !== undefined) {
    throw invalidRequest("You can't perform this operation on a secret that is managed by another service.");
  }
  const lambdaArn = RotationLambdaARN || before.rotation?.lambdaArn;
  if (lambdaArn === undefined) throw invalidRequest(noFunction);
  await checkFunction(context, before, lambdaArn);

  const { cloud } = context;
  const nowMs = cloud.world.clock.nowMs();
  const secret = primarySecret(context, before.arn);
  const token = ClientRequestToken ?? cloud.world.random.uuid();
  const again = secret.rotation?.underWay?.token === token;
  if (!again && isPending(secret)) {
    // It is, at once.
    const underWay = secret.rotation?.underWay;
    if (underWay) {
      secret.rotation!.underWay = { ...underWay, tryMs: nowMs };
      keep(context, secret);
      lookAtRotations(cloud);
    }
    throw invalidRequest("A previous rotation isn't complete. That rotation will be reattempted.");
  }
  if (again) return answer(secret, token);
  if (RotateImmediately && secret.versions.length === 0) throw invalidParameter("You can't rotate a secret that has no value.");
  const { lastMs, underWay } = secret.rotation ?? {};
  const set: Rotation = {
    enabled: true,
    lambdaArn,
    rules: rules ?? secret.rotation?.rules ?? {},
    ...(lastMs !== undefined && { lastMs }),
    ...(underWay && { underWay }),
  };
  const rotated = Object.assign(secret, { rotation: planned(set, lastChange(secret) ?? nowMs, nowMs) });
  if (RotateImmediately) begin(rotated, token, nowMs);
  else beginTest(rotated, token, nowMs);
  keep(context, rotated);
  lookAtRotations(cloud);
  return answer(secret, RotateImmediately ? token : undefined);
});

/** When the version was made that is current: a value that somebody put counts as a rotation (API reference, RotationRulesType). */
const lastChange = ({ versions }: Secret) => versions.find(({ stages }) => stages.includes("AWSCURRENT"))?.createdMs;

/** What was under way is left as it is, its label too, as on AWS. */
export const cancelRotateSecret = operation("secretsmanager", "CancelRotateSecret", ({ SecretId }, context) => {
  checkConstraints("ValidationException", { secretId: [SecretId, { length: [1, 2048] }] });
  const secret = primarySecret(context, SecretId);
  if (!secret.rotation) throw invalidRequest(noFunction);
  const { underWay, nextMs: _, closesMs: __, ...rest } = secret.rotation;
  secret.rotation = { ...rest, enabled: false };
  keep(context, secret);
  lookAtRotations(context.cloud);
  return answer(secret, underWay?.token);
});

const answer = ({ arn, name }: Secret, versionId: string | undefined) => ({
  ARN: arn,
  Name: name,
  ...(versionId !== undefined && { VersionId: versionId }),
});
