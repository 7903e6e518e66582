/** Makes a secret, with or without a first value. */
import { checkConstraints } from "../../../constraints.ts";
import { systemTagsOf } from "../../../runtime/system-tags.ts";
import { operation } from "../../../service.ts";
import { nameScheduledForDeletion, secretExists } from "../errors.ts";
import { addReplica, keep, replicationStatus } from "../replication.ts";
import { checkName, newArn, peekSecret, type Secret } from "../secret.ts";
import { checkedReplicas } from "./replication.ts";
import { checkedTags, mergedTags } from "../tags.ts";
import { addVersion, checkToken, checkValue, hasValue } from "../versions.ts";

export const createSecret = operation("secretsmanager", "CreateSecret", (input, context) => {
  const { Name, ClientRequestToken: token, Description, KmsKeyId, Tags, Type } = input;
  checkConstraints("ValidationException", {
    name: [Name, { length: [1, 512] }],
    description: [Description, { length: [0, 2048] }],
    kmsKeyId: [KmsKeyId, { length: [0, 2048] }],
    type: [Type, { length: [0, 256] }],
  });
  checkName(Name);
  checkToken(token);
  checkValue(input);
  const replicas = checkedReplicas(context, input.AddReplicaRegions ?? []);
  const tags = mergedTags(
    Object.entries(systemTagsOf(input)).map(([Key, Value]) => ({ Key, Value })),
    checkedTags(Tags),
  );

  const existing = peekSecret(context, Name);
  if (existing) {
    if (existing.deletionMs !== undefined) throw nameScheduledForDeletion();
    // The same request again, as clients repeat it when an answer got lost.
    const again = token !== undefined && existing.versions.some(({ id }) => id === token);
    if (!again || !hasValue(input)) throw secretExists(Name);
    return answer(existing, addVersion(context, existing, input, token).id);
  }
  const nowMs = context.cloud.world.clock.nowMs();
  const secret: Secret = {
    name: Name,
    arn: newArn(context, Name),
    ...(Description !== undefined && Description !== "" && { description: Description }),
    ...(KmsKeyId !== undefined && { kmsKeyId: KmsKeyId }),
    ...(Type !== undefined && { type: Type }),
    createdMs: nowMs,
    lastChangedMs: nowMs,
    tags,
    versions: [],
  };
  const version = hasValue(input) ? addVersion(context, secret, input, token) : undefined;
  for (const replica of replicas) addReplica(context, secret, replica, input.ForceOverwriteReplicaSecret ?? false);
  keep(context, secret);
  return { ...answer(secret, version?.id), ...(replicas.length > 0 && { ReplicationStatus: replicationStatus(context, secret) }) };
});

const answer = ({ arn, name }: Secret, versionId: string | undefined) => ({
  ARN: arn,
  Name: name,
  ...(versionId !== undefined && { VersionId: versionId }),
});
