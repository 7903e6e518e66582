/** DescribeKey, ListKeys, UpdateKeyDescription, EnableKey, DisableKey, ScheduleKeyDeletion and CancelKeyDeletion. */
import { AwsError } from "../../../aws-error.ts";
import { checkConstraints } from "../../../constraints.ts";
import { operation, type OperationContext } from "../../../service.ts";
import { managedByAws } from "../errors.ts";
import { checkState, dayMs, describeKey as described, type Key, keysOf, putKey, relatedKeys, stateOf } from "../key.ts";
import { resolveKey } from "../key-reference.ts";
import { markedPage, limits } from "../pages.ts";

export const describeKey = operation("kms", "DescribeKey", ({ KeyId }, context) => ({
  KeyMetadata: described(context.cloud, context.account, resolveKey(context, KeyId, { make: true })),
}));

export const listKeys = operation("kms", "ListKeys", ({ Limit, Marker }, { cloud, region }) => {
  checkConstraints("ValidationException", { limit: [Limit, limits] });
  const { items, ...more } = markedPage(keysOf(cloud, region), {
    size: Limit ?? 100,
    marker: Marker,
    keyOf: ({ id }) => id,
    query: "keys",
  });
  return { Keys: items.map(({ id, arn }) => ({ KeyId: id, KeyArn: arn })), ...more };
});

/** A key of the caller's own, named by id or ARN, for an operation that changes it. */
export function ownKey(context: OperationContext, reference: string): Key {
  const key = resolveKey(context, reference, { aliases: false });
  if (key.managedFor !== undefined) throw managedByAws(context, key.arn);
  return key;
}

export const updateKeyDescription = operation("kms", "UpdateKeyDescription", ({ KeyId, Description }, context) => {
  checkConstraints("ValidationException", { description: [Description, { length: [0, 8192] }] });
  const key = ownKey(context, KeyId);
  checkState(context.cloud, key, ["Enabled", "Disabled", "PendingImport"]);
  putKey(context.cloud, { ...key, description: Description });
  return {};
});

export const enableKey = operation("kms", "EnableKey", ({ KeyId }, context) => {
  const key = ownKey(context, KeyId);
  checkState(context.cloud, key, ["Enabled", "Disabled"]);
  putKey(context.cloud, { ...key, enabled: true });
  return {};
});

export const disableKey = operation("kms", "DisableKey", ({ KeyId }, context) => {
  const key = ownKey(context, KeyId);
  checkState(context.cloud, key, ["Enabled", "Disabled"]);
  putKey(context.cloud, { ...key, enabled: false });
  return {};
});

/** Days: 7–30. Default: 30. A primary key with replicas waits for them first. */
export const scheduleKeyDeletion = operation("kms", "ScheduleKeyDeletion", ({ KeyId, PendingWindowInDays: days = 30 }, context) => {
  const { cloud } = context;
  checkConstraints("ValidationException", { pendingWindowInDays: [days, { range: [7, 30] }] });
  const key = ownKey(context, KeyId);
  checkState(cloud, key, ["Enabled", "Disabled", "PendingImport"]);
  const waits = key.multiRegion?.type === "PRIMARY" && relatedKeys(cloud, key.id).length > 1;
  const deletionMs = cloud.world.clock.nowMs() + days * dayMs;
  const { rotation: _, ...rest } = key;
  putKey(cloud, { ...rest, enabled: false, ...(waits ? { pendingWindowDays: days } : { deletionMs }) });
  return {
    KeyId: key.arn,
    ...(!waits && { DeletionDate: new Date(deletionMs) }),
    KeyState: waits ? ("PendingReplicaDeletion" as const) : ("PendingDeletion" as const),
    PendingWindowInDays: days,
  };
});

/** The key is disabled then. */
export const cancelKeyDeletion = operation("kms", "CancelKeyDeletion", ({ KeyId }, context) => {
  const key = ownKey(context, KeyId);
  if (!["PendingDeletion", "PendingReplicaDeletion"].includes(stateOf(context.cloud, key)))
    throw new AwsError("KMSInvalidStateException", `${key.arn} is not pending deletion.`);
  const { deletionMs: _, pendingWindowDays: __, ...rest } = key;
  putKey(context.cloud, rest);
  return { KeyId: key.arn };
});
