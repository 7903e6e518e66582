/** Makes a key, with its material unless that is to be imported. */
import { checkConstraints } from "../../../constraints.ts";
import { originOf } from "../../../runtime/system-tags.ts";
import { operation } from "../../../service.ts";
import { notServedHere, validation } from "../errors.ts";
import { describeKey, type Key, keyArn, putKey } from "../key.ts";
import { type KeyUsage, isSymmetric, keySpecs, keyUsages, servedSpec, usageOf } from "../key-spec.ts";
import { newMaterialId, newPrivateKey, newSecret, putMaterials } from "../material.ts";
import { checkPolicy, defaultPolicy } from "../policies.ts";
import { checkedTags } from "../tags.ts";

export const createKey = operation("kms", "CreateKey", async (input, context) => {
  const { cloud, account, region } = context;
  checkConstraints("ValidationException", {
    description: [input.Description, { length: [0, 8192] }],
    keyUsage: [input.KeyUsage, { enum: keyUsages }],
    customerMasterKeySpec: [input.CustomerMasterKeySpec, { enum: keySpecs }],
    keySpec: [input.KeySpec, { enum: keySpecs }],
    origin: [input.Origin, { enum: ["AWS_KMS", "EXTERNAL", "AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"] }],
    policy: [input.Policy, { length: [1, 131_072], hidden: true }],
  });
  if (input.KeySpec !== undefined && input.CustomerMasterKeySpec !== undefined && input.KeySpec !== input.CustomerMasterKeySpec) {
    throw validation("You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is deprecated.");
  }
  const origin = input.Origin ?? "AWS_KMS";
  if (origin !== "AWS_KMS" && origin !== "EXTERNAL") throw notServedHere("have custom key stores");
  if (input.CustomKeyStoreId !== undefined || input.XksKeyId !== undefined) throw notServedHere("have custom key stores");
  const spec = servedSpec(input.KeySpec ?? input.CustomerMasterKeySpec ?? "SYMMETRIC_DEFAULT");
  const usage = usageOf(spec, input.KeyUsage as KeyUsage | undefined);
  const tags = checkedTags(input.Tags);
  if (input.Policy !== undefined) checkPolicy(context, input.Policy, input.BypassPolicyLockoutSafetyCheck === true);

  const secret =
    origin === "EXTERNAL" ? undefined : isSymmetric(spec) ? newSecret(cloud, spec) : (await newPrivateKey(spec)).toString("base64");
  const { random, clock } = cloud.world;
  const nowMs = clock.nowMs();
  const id = input.MultiRegion ? `mrk-${random.hex(32)}` : random.uuid();
  const made = originOf(input);
  const key: Key = {
    id,
    region,
    arn: keyArn({ account, region }, id),
    createdMs: nowMs,
    description: input.Description ?? "",
    spec,
    usage,
    origin,
    enabled: true,
    policy: input.Policy ?? defaultPolicy(account),
    tags: { ...made?.tags, ...tags },
    ...(input.MultiRegion && { multiRegion: { type: "PRIMARY" as const, primaryRegion: region } }),
    ...(made?.token !== undefined && { token: made.token }),
  };
  cloud.store.transaction(() => {
    if (secret !== undefined) putMaterials(cloud, id, [{ id: newMaterialId(cloud), secret, sinceMs: nowMs }]);
    putKey(cloud, key);
  });
  return { KeyMetadata: describeKey(cloud, account, key) };
});
