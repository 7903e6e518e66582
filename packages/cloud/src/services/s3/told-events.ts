/** What a bucket that is asked to tells EventBridge. Source: Amazon S3 User Guide, "Using EventBridge" and its event message structure. */
import { tellEvent } from "../../runtime/service-events.ts";
import { type Bucket, bucketArn } from "./buckets.ts";
import type { Doer } from "./notifications.ts";
import type { ObjectVersion } from "./objects.ts";

/** By the name that notifications have for it: the event's type, and what else its detail says. */
const told: Readonly<Record<string, readonly [detailType: string, more: object]>> = {
  "ObjectCreated:Put": ["Object Created", { reason: "PutObject" }],
  "ObjectCreated:Post": ["Object Created", { reason: "POST Object" }],
  "ObjectCreated:Copy": ["Object Created", { reason: "CopyObject" }],
  "ObjectCreated:CompleteMultipartUpload": ["Object Created", { reason: "CompleteMultipartUpload" }],
  "ObjectRemoved:Delete": ["Object Deleted", { reason: "DeleteObject", "deletion-type": "Permanently Deleted" }],
  "ObjectRemoved:DeleteMarkerCreated": ["Object Deleted", { reason: "DeleteObject", "deletion-type": "Delete Marker Created" }],
  "LifecycleExpiration:Delete": ["Object Deleted", { reason: "Lifecycle Expiration", "deletion-type": "Permanently Deleted" }],
  "LifecycleExpiration:DeleteMarkerCreated": [
    "Object Deleted",
    { reason: "Lifecycle Expiration", "deletion-type": "Delete Marker Created" },
  ],
  LifecycleTransition: ["Object Storage Class Changed", {}],
  "ObjectTagging:Put": ["Object Tags Added", {}],
  "ObjectTagging:Delete": ["Object Tags Deleted", {}],
  "ObjectAcl:Put": ["Object ACL Updated", {}],
  "ObjectRestore:Post": ["Object Restore Initiated", {}],
  "ObjectRestore:Completed": ["Object Restore Completed", {}],
};

/**
 * Orders the events of a key, as texts of which the shorter is filled with zeros. What removes an object for good has no
 * sequence of its own: it comes right after the one that wrote it, and before each later one.
 */
export const sequencerOf = (sequence: number, gone: boolean) =>
  `${sequence.toString(16).toUpperCase().padStart(18, "0")}${gone ? "01" : ""}`;

export function tell({ cloud, principal, requestId }: Doer, bucket: Bucket, event: string, object: ObjectVersion): void {
  const known = told[event];
  if (!known) return;
  const [detailType, more] = known;
  const { key, content, version, sequence, marker } = object;
  const created = detailType === "Object Created";
  const deleted = detailType === "Object Deleted";
  const restore = detailType.startsWith("Object Restore");
  const completed = event === "ObjectRestore:Completed";
  tellEvent(cloud, bucket.region, {
    source: "aws.s3",
    detailType,
    resources: [bucketArn(bucket.name)],
    detail: {
      version: "0",
      bucket: { name: bucket.name },
      object: {
        key,
        ...((created || restore) && { size: content.sizeBytes }),
        ...(!deleted && !marker && { etag: content.etag }),
        ...(bucket.versioning !== undefined && { "version-id": version }),
        ...((created || deleted) && { sequencer: sequencerOf(sequence, deleted && !marker) }),
      },
      "request-id": requestId,
      requester: principal.kind === "service" ? principal.service : cloud.account,
      ...(principal.kind !== "service" && !completed && { "source-ip-address": "127.0.0.1" }),
      ...(restore && { "source-storage-class": content.storageClass }),
      ...(completed && { "restore-expiry-time": `${new Date(content.restoredUntilMs!).toISOString().slice(0, 19)}Z` }),
      ...(detailType === "Object Storage Class Changed" && { "destination-storage-class": content.storageClass }),
      ...more,
    },
  });
}
