/** All behaviors of a distribution's configuration. */
import type { CacheBehavior, DefaultCacheBehavior, DistributionConfig } from "@aws-sdk/client-cloudfront";

export type AnyBehavior = DefaultCacheBehavior & Partial<Pick<CacheBehavior, "PathPattern">>;

/** In the order in which their patterns are tried; the default one is last. */
export const behaviorsOf = ({ CacheBehaviors, DefaultCacheBehavior: last }: DistributionConfig): AnyBehavior[] => [
  ...(CacheBehaviors?.Items ?? []),
  ...(last ? [last] : []),
];
