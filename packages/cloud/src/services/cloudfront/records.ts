/** What is kept of CloudFront's things: one for all regions, by kind and id, each with the tag (ETag) of its version. */
import type { DistributionConfig } from "@aws-sdk/client-cloudfront";
import type { Cloud } from "../../cloud.ts";
import type { Collection } from "../../store.ts";
import { invalidIfMatch, noSuchDistribution, preconditionFailed } from "./errors.ts";

/** CloudFront is one for all regions. */
export const everywhere = "global";

export interface DistributionRecord {
  id: string;
  arn: string;
  etag: string;
  config: DistributionConfig;
  modifiedMs: number;
  /** `d111111abcdef8.cloudfront.net`: its certificate names it, and the cloud's DNS server leads to it. */
  domainName: string;
  /** Its own loopback address. */
  address: string;
  ports: { http: number; https: number };
  /** Stands for both where this user may not listen below 1024. */
  entryPort?: number;
  tags: Record<string, string>;
}

/** A policy, an access control or an identity: a configuration under an id. */
export interface ConfiguredRecord<C> {
  id: string;
  etag: string;
  config: C;
  modifiedMs: number;
  /** Of an origin access identity. */
  canonicalUserId?: string;
  /** Of the act of CloudFormation's that made it. */
  token?: string;
}

export interface FunctionRecord {
  name: string;
  arn: string;
  config: { Comment: string; Runtime: string };
  createdMs: number;
  tags: Record<string, string>;
  development: FunctionStageRecord;
  /** What distributions run; absent until it is published. */
  live?: FunctionStageRecord;
}

export interface FunctionStageRecord {
  etag: string;
  /** In base64. */
  code: string;
  config: { Comment: string; Runtime: string };
  modifiedMs: number;
}

export interface InvalidationRecord {
  id: string;
  distributionId: string;
  callerReference: string;
  paths: string[];
  createdMs: number;
}

export const distributions = (cloud: Cloud): Collection<DistributionRecord> => cloud.store.collection("cloudfront:distribution");
export const functions = (cloud: Cloud): Collection<FunctionRecord> => cloud.store.collection("cloudfront:function");
export const invalidations = (cloud: Cloud): Collection<InvalidationRecord> => cloud.store.collection("cloudfront:invalidation");

export function requireDistribution(cloud: Cloud, id: string): DistributionRecord {
  const found = distributions(cloud).get(everywhere, id);
  if (!found) throw noSuchDistribution();
  return found;
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
/** `E` and 13 characters. */
export const newId = ({ world }: Cloud): string => `E${world.random.text(13, alphabet)}`;
/** `E` and 12 characters, anew with each version. */
export const newEtag = ({ world }: Cloud): string => `E${world.random.text(12, alphabet)}`;

export function checkIfMatch(given: string | undefined, { etag }: { etag: string }): void {
  if (given === undefined || given === "") throw invalidIfMatch();
  if (given !== etag) throw preconditionFailed();
}

/** What an account may look like in `Location` headers. */
export const locationOf = (path: string) => `https://cloudfront.amazonaws.com/2020-05-31/${path}`;

/** A page as CloudFront's lists have it, in the order of keys. */
export function page<T>(
  all: readonly T[],
  { Marker, MaxItems }: { Marker?: string | undefined; MaxItems?: number | string | undefined },
  keyOf: (item: T) => string,
): { items: T[]; size: number; next: string | undefined } {
  const size = MaxItems === undefined ? 100 : Number(MaxItems);
  const start = Marker === undefined || Marker === "" ? 0 : all.findIndex((item) => keyOf(item) === Marker) + 1;
  const items = all.slice(start, start + size);
  return { items, size, next: start + size < all.length && items.length > 0 ? keyOf(items.at(-1)!) : undefined };
}
