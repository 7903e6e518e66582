/** A bucket on S3: closed to the public, encrypted, over TLS only. */
import type { standsInEnv, standsInMounts, standsInText, standsInUses, UseFacet } from "./env.ts";
import { declare, facet, type Declaration } from "./declaration.ts";
import type { Days, Duration } from "./duration.ts";
import type { Override } from "./override.ts";
import type { Queue } from "./queue.ts";
import type { Topic } from "./topic.ts";

/** What pages of other origins may do with it, from a browser. */
export interface Cors {
  /** The origins: `https://example.com`, `https://*.example.com`, or `*`. */
  readonly origins: readonly string[];
  /** What they may do. */
  readonly methods: readonly ("GET" | "HEAD" | "PUT" | "POST" | "DELETE")[];
  /** The headers that they may send. @default all */
  readonly headers?: readonly string[];
  /** The headers of an answer that they may read. @default ["ETag"] */
  readonly expose?: readonly string[];
  /** How long a browser remembers this. @default "1 hour" */
  readonly maxAge?: Duration;
}

/** When the bucket deletes by itself. */
export interface Expiry {
  /** Objects, so long after they were written. @default never */
  readonly objects?: Days;
  /** Versions that are no longer the current one, so long after they were replaced. Only where it is versioned. @default never with `versioned: true`, else 30 days */
  readonly oldVersions?: Days;
  /** The parts of uploads that were begun and not finished. @default "7 days" */
  readonly unfinishedUploads?: Days;
}

/** Who is told of a change. */
export interface BucketNotification {
  /** Of what: objects that were written, or that were deleted. @default "created" */
  readonly on?: "created" | "removed";
  /** Only of keys that begin so. @default all */
  readonly prefix?: string;
  /** Only of keys that end so. @default all */
  readonly suffix?: string;
  /** A queue or topic without `fifo`. */
  readonly to: Queue | Topic;
}

export interface BucketOptions {
  /** Keep what was there before when an object is written or deleted. It can be suspended later, not undone. @default in production stages, for 30 days */
  readonly versioned?: boolean;
  /** `"intelligent"`: objects that nobody reads for 30 and 90 days get cheaper by themselves. @default "standard" */
  readonly tiering?: "standard" | "intelligent";
  /** When it deletes by itself. @default unfinished uploads, after 7 days */
  readonly expire?: Expiry;
  /** What browsers may do on pages of other origins. @default nothing */
  readonly cors?: Cors | readonly Cors[];
  /** Who is told of changes. @default nobody */
  readonly notify?: BucketNotification | readonly BucketNotification[];
  /** What S3 calls it: 3 to 63 lower-case letters, digits, `-` and `.`; unique in the world. @default generated */
  readonly name?: string;
  /** Changes to what is generated. @default none */
  readonly override?: Override<{ Bucket: "AWS::S3::Bucket"; BucketPolicy: "AWS::S3::BucketPolicy" }>;
}

/** A bucket. */
export interface Bucket extends Declaration<"bucket"> {
  /** List it and read its objects. In `env` each use stands for the bucket's name. */
  readonly read: UseFacet;
  /** Write and delete its objects. */
  readonly write: UseFacet;
  /** Both. */
  readonly readWrite: UseFacet;
  readonly [standsInEnv]: "a bucket needs a use: .read, .write or .readWrite";
  readonly [standsInUses]: "a bucket needs a use: .read, .write or .readWrite";
  readonly [standsInText]: "a bucket needs a use in env: .read, .write or .readWrite";
  readonly [standsInMounts]: "a bucket cannot be mounted: name it in env, or mount a fileSystem";
}

/** Declares a bucket. */
export function bucket(options: BucketOptions = {}): Bucket {
  return declare("bucket", options, (own) => ({
    read: facet<UseFacet>(own, "read"),
    write: facet<UseFacet>(own, "write"),
    readWrite: facet<UseFacet>(own, "readWrite"),
  }));
}
