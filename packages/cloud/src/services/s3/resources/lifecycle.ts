/** Lifecycle rules of a template, in the members of the S3 API. */
import type { LifecycleRule, Tag } from "@aws-sdk/client-s3";
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";

type Configuration = NonNullable<ResourceProperties["AWS::S3::Bucket"]["LifecycleConfiguration"]>;
type Rule = Configuration["Rules"][number];

export function lifecycleRules({ Rules }: Configuration): LifecycleRule[] {
  return Rules.map((rule) => {
    const transitions = [...(rule.Transitions ?? []), ...(rule.Transition ? [rule.Transition] : [])];
    const noncurrent = [
      ...(rule.NoncurrentVersionTransitions ?? []),
      ...(rule.NoncurrentVersionTransition ? [rule.NoncurrentVersionTransition] : []),
    ];
    const noncurrentDays = rule.NoncurrentVersionExpiration?.NoncurrentDays ?? rule.NoncurrentVersionExpirationInDays;
    const newer = rule.NoncurrentVersionExpiration?.NewerNoncurrentVersions;
    const expiration = {
      ...(rule.ExpirationDate !== undefined && { Date: new Date(rule.ExpirationDate) }),
      ...(rule.ExpirationInDays !== undefined && { Days: rule.ExpirationInDays }),
      ...(rule.ExpiredObjectDeleteMarker !== undefined && { ExpiredObjectDeleteMarker: rule.ExpiredObjectDeleteMarker }),
    };
    return {
      ...(rule.Id !== undefined && { ID: rule.Id }),
      Status: rule.Status as "Enabled",
      Filter: filterOf(rule),
      ...(Object.keys(expiration).length > 0 && { Expiration: expiration }),
      ...(transitions.length > 0 && {
        Transitions: transitions.map(({ StorageClass, TransitionDate, TransitionInDays }) => ({
          StorageClass: StorageClass as "GLACIER",
          ...(TransitionDate !== undefined && { Date: new Date(TransitionDate) }),
          ...(TransitionInDays !== undefined && { Days: TransitionInDays }),
        })),
      }),
      ...(noncurrent.length > 0 && {
        NoncurrentVersionTransitions: noncurrent.map(({ StorageClass, TransitionInDays, NewerNoncurrentVersions }) => ({
          StorageClass: StorageClass as "GLACIER",
          NoncurrentDays: TransitionInDays,
          ...(NewerNoncurrentVersions !== undefined && { NewerNoncurrentVersions }),
        })),
      }),
      ...(noncurrentDays !== undefined && {
        NoncurrentVersionExpiration: { NoncurrentDays: noncurrentDays, ...(newer !== undefined && { NewerNoncurrentVersions: newer }) },
      }),
      ...(rule.AbortIncompleteMultipartUpload && {
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: rule.AbortIncompleteMultipartUpload.DaysAfterInitiation },
      }),
    };
  });
}

/** One condition stands alone; several go together. */
function filterOf({ Prefix, TagFilters = [], ObjectSizeGreaterThan, ObjectSizeLessThan }: Rule): NonNullable<LifecycleRule["Filter"]> {
  const size = {
    ...(ObjectSizeGreaterThan !== undefined && { ObjectSizeGreaterThan: Number(ObjectSizeGreaterThan) }),
    ...(ObjectSizeLessThan !== undefined && { ObjectSizeLessThan: Number(ObjectSizeLessThan) }),
  };
  const count = (Prefix === undefined ? 0 : 1) + TagFilters.length + Object.keys(size).length;
  const tags: Tag[] = TagFilters.map(({ Key, Value }) => ({ Key, Value }));
  if (count > 1) return { And: { ...(Prefix !== undefined && { Prefix }), ...(tags.length > 0 && { Tags: tags }), ...size } };
  if (tags[0]) return { Tag: tags[0] };
  return Object.keys(size).length > 0 ? size : { Prefix: Prefix ?? "" };
}
