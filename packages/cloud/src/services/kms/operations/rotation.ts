/** EnableKeyRotation, DisableKeyRotation, GetKeyRotationStatus, RotateKeyOnDemand and ListKeyRotations. */
import { checkConstraints } from "../../../constraints.ts";
import { operation, type OperationContext } from "../../../service.ts";
import { limitExceeded, unsupported, wrongOrigin } from "../errors.ts";
import { checkState, findKey, type Key, putKey } from "../key.ts";
import { resolveKey } from "../key-reference.ts";
import { materialsOf } from "../material.ts";
import { limits, markedPage } from "../pages.ts";
import { nextRotation, rotatedBy, rotatedMaterials, rotateNow } from "../rotation.ts";
import { ownKey } from "./keys.ts";

/** Of one key, ever (AWS KMS Developer Guide, "Resource quotas"). */
const mostOnDemand = 25;

/** The key whose rotation a caller changes: symmetric, of KMS's own material, and primary. */
function rotatable(context: OperationContext, reference: string): Key {
  const key = ownKey(context, reference);
  if (key.spec !== "SYMMETRIC_DEFAULT") throw unsupported(`${key.arn} key spec is ${key.spec} which is not valid for this operation.`);
  if (key.origin === "EXTERNAL") throw wrongOrigin(key.arn, key.origin);
  if (key.multiRegion?.type === "REPLICA") throw unsupported(`${key.arn} is a replica key: rotate its primary key.`);
  return key;
}

/** Days: 90–2560. Default: 365. */
export const enableKeyRotation = operation("kms", "EnableKeyRotation", ({ KeyId, RotationPeriodInDays: days = 365 }, context) => {
  const { cloud } = context;
  checkConstraints("ValidationException", { rotationPeriodInDays: [days, { range: [90, 2560] }] });
  const key = rotatable(context, KeyId);
  checkState(cloud, key);
  rotatedMaterials(cloud, key);
  if (key.rotation?.periodDays !== days) {
    const current = findKey(cloud, key.region, key.id)!;
    putKey(cloud, { ...current, rotation: nextRotation(days, cloud.world.clock.nowMs()) });
  }
  return {};
});

export const disableKeyRotation = operation("kms", "DisableKeyRotation", ({ KeyId }, context) => {
  const key = rotatable(context, KeyId);
  checkState(context.cloud, key);
  rotatedMaterials(context.cloud, key);
  const { rotation: _, ...rest } = findKey(context.cloud, key.region, key.id)!;
  putKey(context.cloud, rest);
  return {};
});

export const getKeyRotationStatus = operation("kms", "GetKeyRotationStatus", ({ KeyId }, context) => {
  const { cloud } = context;
  const asked = resolveKey(context, KeyId, { aliases: false });
  if (asked.spec !== "SYMMETRIC_DEFAULT")
    throw unsupported(`${asked.arn} key spec is ${asked.spec} which is not valid for this operation.`);
  checkState(cloud, asked, ["Enabled", "Disabled", "PendingDeletion", "PendingImport", "PendingReplicaDeletion"]);
  rotatedMaterials(cloud, asked);
  const { rotation } = rotatedBy(cloud, findKey(cloud, asked.region, asked.id)!);
  return {
    KeyId: asked.id,
    KeyRotationEnabled: rotation !== undefined,
    ...(rotation && { RotationPeriodInDays: rotation.periodDays, NextRotationDate: new Date(rotation.nextMs) }),
  };
});

export const rotateKeyOnDemand = operation("kms", "RotateKeyOnDemand", ({ KeyId }, context) => {
  const { cloud } = context;
  const key = rotatable(context, KeyId);
  checkState(cloud, key);
  if (materialsOf(cloud, key.id).filter(({ rotation }) => rotation === "ON_DEMAND").length >= mostOnDemand) {
    throw limitExceeded(
      `The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key: ${key.arn}`,
    );
  }
  rotateNow(cloud, key);
  return { KeyId: key.id };
});

/** The oldest first; with the first material of all, when that is asked for. */
export const listKeyRotations = operation("kms", "ListKeyRotations", (input, context) => {
  const { KeyId, Limit, Marker, IncludeKeyMaterial = "ROTATIONS_ONLY" } = input;
  checkConstraints("ValidationException", {
    limit: [Limit, limits],
    includeKeyMaterial: [IncludeKeyMaterial, { enum: ["ALL_KEY_MATERIAL", "ROTATIONS_ONLY"] }],
  });
  const { cloud } = context;
  const key = resolveKey(context, KeyId, { aliases: false });
  if (key.spec !== "SYMMETRIC_DEFAULT") throw unsupported(`${key.arn} key spec is ${key.spec} which is not valid for this operation.`);
  const all = rotatedMaterials(cloud, key);
  const shown = all
    .map((material, index) => ({ material, index }))
    .filter(({ material }) => IncludeKeyMaterial === "ALL_KEY_MATERIAL" || material.rotation !== undefined);
  const query = `rotations ${key.arn} ${IncludeKeyMaterial}`;
  const keyOf = ({ index }: { index: number }) => String(index).padStart(6, "0");
  const { items, ...more } = markedPage(shown, { size: Limit ?? 100, marker: Marker, keyOf, query });
  return {
    Rotations: items.map(({ material, index }) => ({
      KeyId: key.id,
      KeyMaterialId: material.id,
      ...(IncludeKeyMaterial === "ALL_KEY_MATERIAL" && {
        KeyMaterialState: index === all.length - 1 ? ("CURRENT" as const) : ("NON_CURRENT" as const),
      }),
      ...(material.rotation && { RotationDate: new Date(material.sinceMs), RotationType: material.rotation }),
    })),
    ...more,
  };
});
