/** AWS::KMS::Key. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { resource, type ResourceRequest } from "../../../resource.ts";
import { withOrigin } from "../../../runtime/system-tags.ts";
import type { Input } from "../../../aws.ts";
import { deleteKey, findMadeKey, keyTags, madeKey, policyText, retagKey, switchKey } from "./key-life.ts";

type Properties = ResourceProperties["AWS::KMS::Key"];

export const key = resource("AWS::KMS::Key", {
  coverage: {
    real: [
      "BypassPolicyLockoutSafetyCheck",
      "Description",
      "EnableKeyRotation",
      "Enabled",
      "KeyPolicy",
      "KeySpec",
      "KeyUsage",
      "MultiRegion",
      "Origin",
      "PendingWindowInDays",
      "RotationPeriodInDays",
      "Tags",
    ],
    note: "A key that goes from the stack waits for its deletion, PendingWindowInDays (30 unless said). The specs SM2 and ML_DSA are refused.",
  },
  async create(request) {
    const { properties, call } = request;
    const input = {
      ...(properties.Description !== undefined && { Description: properties.Description }),
      ...(properties.KeyPolicy !== undefined && { Policy: policyText(properties.KeyPolicy) }),
      ...(properties.KeySpec !== undefined && { KeySpec: properties.KeySpec }),
      ...(properties.KeyUsage !== undefined && { KeyUsage: properties.KeyUsage }),
      ...(properties.MultiRegion !== undefined && { MultiRegion: properties.MultiRegion }),
      ...(properties.Origin !== undefined && { Origin: properties.Origin }),
      ...(properties.BypassPolicyLockoutSafetyCheck !== undefined && {
        BypassPolicyLockoutSafetyCheck: properties.BypassPolicyLockoutSafetyCheck,
      }),
      Tags: keyTags(request).own,
    } as Input<"kms", "CreateKey">;
    const { KeyMetadata } = await call("kms", "CreateKey", withOrigin(input, { tags: keyTags(request).system, token: request.token }));
    const id = KeyMetadata!.KeyId!;
    await settle(request, id);
    return madeKey(request, id);
  },
  /** What an interrupted act had made may not be settled yet. */
  async find(request) {
    const id = findMadeKey(request);
    if (id === undefined) return undefined;
    await settle(request, id);
    return madeKey(request, id);
  },
  /** These belong to the key for good; the others are changed. */
  async update(request) {
    const { properties, previous, physicalId: KeyId, call } = request;
    if (properties.Description !== previous.Description)
      await call("kms", "UpdateKeyDescription", { KeyId, Description: properties.Description ?? "" });
    // A key that is disabled can only be enabled: first that, then the rest.
    if (properties.Enabled !== false) await switchKey(request, true, previous.Enabled !== false);
    if (properties.KeyPolicy !== undefined && policyText(properties.KeyPolicy) !== (previous.KeyPolicy && policyText(previous.KeyPolicy))) {
      await call("kms", "PutKeyPolicy", {
        KeyId,
        PolicyName: "default",
        Policy: policyText(properties.KeyPolicy),
        ...(properties.BypassPolicyLockoutSafetyCheck !== undefined && {
          BypassPolicyLockoutSafetyCheck: properties.BypassPolicyLockoutSafetyCheck,
        }),
      });
    }
    if (properties.EnableKeyRotation !== previous.EnableKeyRotation || properties.RotationPeriodInDays !== previous.RotationPeriodInDays)
      await rotate(request, KeyId);
    if (properties.Enabled === false) await switchKey(request, false, previous.Enabled !== false);
    await retagKey(request);
    return madeKey(request, KeyId);
  },
  replaces: ({ changed }) => changed.some((name) => forGood.has(name)),
  delete: ({ call, physicalId, properties }) => deleteKey(call, physicalId, properties.PendingWindowInDays),
});

const forGood: ReadonlySet<string> = new Set(["KeySpec", "KeyUsage", "MultiRegion", "Origin"]);

async function settle(request: ResourceRequest<Properties>, KeyId: string): Promise<void> {
  if (request.properties.EnableKeyRotation) await rotate(request, KeyId);
  if (request.properties.Enabled === false) await request.call("kms", "DisableKey", { KeyId });
}

async function rotate({ properties, call }: Pick<ResourceRequest<Properties>, "properties" | "call">, KeyId: string): Promise<void> {
  const { EnableKeyRotation, RotationPeriodInDays: days } = properties;
  if (EnableKeyRotation) await call("kms", "EnableKeyRotation", { KeyId, ...(days !== undefined && { RotationPeriodInDays: days }) });
  else await call("kms", "DisableKeyRotation", { KeyId });
}
