/** What a key and a replica of one have in common as resources of stacks. */
import { AwsError } from "../../../aws-error.ts";
import type { Made, ResourceRequest, UpdateRequest } from "../../../resource.ts";
import { splitTags } from "../../../runtime/system-tags.ts";
import type { Call } from "../../../service.ts";
import { keyArn, keysOf } from "../key.ts";

interface Properties {
  KeyPolicy?: unknown;
  Enabled?: boolean;
  Tags?: { Key: string; Value: string }[];
}

export const policyText = (policy: unknown): string => (typeof policy === "string" ? policy : JSON.stringify(policy));

export const madeKey = (place: Pick<ResourceRequest<unknown>, "account" | "region">, id: string): Made => ({
  physicalId: id,
  attributes: { Arn: keyArn(place, id), KeyId: id },
});

/** The key that an interrupted act made: it carries the act's token. */
export const findMadeKey = ({ cloud, region, token }: ResourceRequest<unknown>): string | undefined =>
  keysOf(cloud, region).find((key) => key.token === token)?.id;

export function keyTags({ tags, properties }: Pick<ResourceRequest<Properties>, "tags" | "properties">) {
  const { own, system } = splitTags(tags, properties.Tags);
  return { own: own.map(({ Key, Value }) => ({ TagKey: Key, TagValue: Value })), system };
}

export async function retagKey(request: UpdateRequest<Properties>): Promise<void> {
  const { call, physicalId: KeyId, previous } = request;
  const { own } = keyTags(request);
  const before = splitTags({}, previous.Tags).own.map(({ Key }) => Key);
  const gone = before.filter((key) => !own.some(({ TagKey }) => TagKey === key));
  if (gone.length > 0) await call("kms", "UntagResource", { KeyId, TagKeys: gone });
  if (own.length > 0) await call("kms", "TagResource", { KeyId, Tags: own });
}

export async function switchKey({ call, physicalId: KeyId }: UpdateRequest<Properties>, on: boolean, before: boolean): Promise<void> {
  if (on === before) return;
  await call("kms", on ? "EnableKey" : "DisableKey", { KeyId });
}

/** Also when it is gone, or waits for its deletion, already. */
export async function deleteKey(call: Call, KeyId: string, days: number | undefined): Promise<void> {
  try {
    await call("kms", "ScheduleKeyDeletion", { KeyId, ...(days !== undefined && { PendingWindowInDays: days }) });
  } catch (error) {
    if (!(error instanceof AwsError && ["NotFoundException", "KMSInvalidStateException"].includes(error.code))) throw error;
  }
}
