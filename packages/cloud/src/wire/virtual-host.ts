/** S3's two styles of address: `http://bucket.s3.localhost:4566/key` and `http://localhost:4566/bucket/key`. */

export interface BucketAddress {
  bucket: string | undefined;
  /** Below the bucket, percent-encoded, with its first slash. */
  path: string;
}

export function bucketAddress(host: string | undefined, path: string): BucketAddress {
  const name = (host ?? "").replace(/:\d+$/, "").toLowerCase();
  const match = /^(.+?)\.(?:s3(?:[.-][a-z0-9-]+)?\.)?localhost$/.exec(name);
  // `s3.localhost` and `s3.eu-central-1.localhost` are the service itself.
  if (match && !/^s3(?:[.-][a-z0-9-]+)?$/.test(match[1]!)) return { bucket: match[1]!, path: path || "/" };
  const end = path.indexOf("/", 1);
  const bucket = end < 0 ? path.slice(1) : path.slice(1, end);
  return bucket === "" ? { bucket: undefined, path: "/" } : { bucket, path: end < 0 ? "/" : path.slice(end) };
}
