/** S3's two styles of address: `http://bucket.s3.localhost:4566/key` and `http://localhost:4566/bucket/key`; AWS's own names are read too. */

export interface BucketAddress {
  bucket: string | undefined;
  /** Below the bucket, percent-encoded, with its first slash. */
  path: string;
}

export function bucketAddress(host: string | undefined, path: string): BucketAddress {
  const name = (host ?? "").replace(/:\d+$/, "").toLowerCase();
  const bucket = (aws.exec(name) ?? own.exec(name))?.[1];
  // `s3.localhost` and `s3.eu-central-1.localhost` are the service itself.
  if (bucket !== undefined && !/^s3(?:[.-][a-z0-9-]+)?$/.test(bucket)) return { bucket, path: path || "/" };
  const end = path.indexOf("/", 1);
  const first = end < 0 ? path.slice(1) : path.slice(1, end);
  return first === "" ? { bucket: undefined, path: "/" } : { bucket: first, path: end < 0 ? "/" : path.slice(end) };
}

const own = /^(.+?)\.(?:s3(?:[.-][a-z0-9-]+)?\.)?localhost$/;
const aws = /^(?:(.+?)\.)?s3(?:[.-](?:dualstack\.)?[a-z0-9-]+)?\.amazonaws\.com$/;

/** Whether a host is AWS's own for S3: clients that were not told of another endpoint sign for it, whatever they connect to. */
export const isAwsHost = (host: string): boolean => aws.test(host.replace(/:\d+$/, "").toLowerCase());
