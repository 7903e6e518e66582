/** ReplicateKey and UpdatePrimaryRegion: the same key, with the same material, in several Regions. */
import { checkConstraints } from "../../../constraints.ts";
import { originOf } from "../../../runtime/system-tags.ts";
import { operation, type OperationContext } from "../../../service.ts";
import { alreadyExists, notServedHere, unsupported } from "../errors.ts";
import { checkState, describeKey, findKey, type Key, keyArn, putKey, relatedKeys } from "../key.ts";
import { checkPolicy, defaultPolicy } from "../policies.ts";
import { rotatedMaterials } from "../rotation.ts";
import { checkedTags } from "../tags.ts";
import { ownKey } from "./keys.ts";

const regionForm = { length: [1, 32], pattern: "^([a-z]+-){2,3}\\d+$" } as const;

function primary(context: OperationContext, reference: string): Key {
  const key = ownKey(context, reference);
  if (key.multiRegion?.type !== "PRIMARY") throw unsupported(`${key.arn} is not a multi-Region primary key.`);
  return key;
}

export const replicateKey = operation("kms", "ReplicateKey", (input, context) => {
  const { cloud, account } = context;
  const { ReplicaRegion: region, Policy, Description = "" } = input;
  checkConstraints("ValidationException", {
    replicaRegion: [region, regionForm],
    policy: [Policy, { length: [1, 131_072], hidden: true }],
    description: [Description, { length: [0, 8192] }],
  });
  const key = primary(context, input.KeyId);
  checkState(cloud, key);
  if (key.origin === "EXTERNAL") throw notServedHere("replicate keys with imported material");
  if (region === key.region || findKey(cloud, region, key.id)) {
    throw alreadyExists(`The replica key already exists in the Region ${region}: ${keyArn({ account, region }, key.id)}`);
  }
  if (Policy !== undefined) checkPolicy(context, Policy, input.BypassPolicyLockoutSafetyCheck === true);
  const tags = checkedTags(input.Tags);
  const made = originOf(input);
  const { rotation: _, deletionMs: __, token: ___, ...shared } = key;
  const replica = putKey(cloud, {
    ...shared,
    region,
    arn: keyArn({ account, region }, key.id),
    createdMs: cloud.world.clock.nowMs(),
    description: Description,
    enabled: true,
    policy: Policy ?? defaultPolicy(account),
    tags: { ...made?.tags, ...tags },
    multiRegion: { type: "REPLICA", primaryRegion: key.region },
    ...(made?.token !== undefined && { token: made.token }),
  });
  return {
    ReplicaKeyMetadata: describeKey(cloud, account, replica),
    ReplicaPolicy: replica.policy,
    ReplicaTags: Object.entries(tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue })),
  };
});

/** The rotation of the key goes with it. */
export const updatePrimaryRegion = operation("kms", "UpdatePrimaryRegion", ({ KeyId, PrimaryRegion: region }, context) => {
  const { cloud } = context;
  checkConstraints("ValidationException", { primaryRegion: [region, regionForm] });
  const key = primary(context, KeyId);
  checkState(cloud, key);
  const next = findKey(cloud, region, key.id);
  if (!next || next === key) throw unsupported(`${key.arn} has no replica key in the Region ${region}.`);
  checkState(cloud, next);
  rotatedMaterials(cloud, key);
  cloud.store.transaction(() => {
    const { rotation } = findKey(cloud, key.region, key.id)!;
    for (const each of relatedKeys(cloud, key.id)) {
      const { rotation: _, ...rest } = each;
      const type = each.region === region ? ("PRIMARY" as const) : ("REPLICA" as const);
      putKey(cloud, { ...rest, multiRegion: { type, primaryRegion: region }, ...(type === "PRIMARY" && rotation && { rotation }) });
    }
  });
  return {};
});
