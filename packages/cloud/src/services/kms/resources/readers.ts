/** How keys and their aliases are read again. */
import { exact, type Readers } from "../../../resource.ts";

export const readers: Readers = {
  "AWS::KMS::Key": async ({ call, physicalId: KeyId }) => {
    const { KeyMetadata } = await call("kms", "DescribeKey", { KeyId });
    if (!KeyMetadata || KeyMetadata.KeyState === "PendingDeletion") return undefined;
    const { Policy } = await call("kms", "GetKeyPolicy", { KeyId, PolicyName: "default" });
    const rotation = KeyMetadata.KeySpec === "SYMMETRIC_DEFAULT" ? await call("kms", "GetKeyRotationStatus", { KeyId }) : undefined;
    const { Tags = [] } = await call("kms", "ListResourceTags", { KeyId });
    return {
      Description: KeyMetadata.Description,
      Enabled: KeyMetadata.Enabled,
      KeySpec: KeyMetadata.KeySpec,
      KeyUsage: KeyMetadata.KeyUsage,
      MultiRegion: KeyMetadata.MultiRegion,
      KeyPolicy: exact(JSON.parse(Policy ?? "{}")),
      EnableKeyRotation: rotation?.KeyRotationEnabled,
      RotationPeriodInDays: rotation?.RotationPeriodInDays,
      Tags: Tags.map(({ TagKey, TagValue }) => ({ Key: TagKey, Value: TagValue })),
    };
  },
  "AWS::KMS::Alias": async ({ call, physicalId: AliasName }) => {
    const { KeyMetadata } = await call("kms", "DescribeKey", { KeyId: AliasName });
    const { Aliases = [] } = await call("kms", "ListAliases", { KeyId: KeyMetadata!.KeyId! });
    return Aliases.some((one) => one.AliasName === AliasName) ? { AliasName } : undefined;
  },
};
