/** The managed policies that AWS keeps for everybody: all of them, with AWS's own documents, in the version that is in force. */
import { readFileSync } from "node:fs";
import { brotliDecompressSync } from "node:zlib";

export interface AwsManagedPolicy {
  name: string;
  arn: string;
  /** `/`, `/service-role/`, `/aws-service-role/` or `/job-function/`. */
  path: string;
  /** Of the version in force, as `v4`. */
  versionId: string;
  createdMs: number;
  updatedMs: number;
  /** JSON text. */
  document: string;
}

interface Published {
  path: string;
  version: string;
  created: string;
  updated: string;
  document: string;
}

let kept: ReadonlyMap<string, AwsManagedPolicy> | undefined;

/** Read at the first look (15 ms): three megabytes of documents, which most clouds need none of, or one. */
function all(): ReadonlyMap<string, AwsManagedPolicy> {
  if (kept) return kept;
  const packed = readFileSync(new URL("./generated/aws-managed-policies.json.br", import.meta.url));
  const published = JSON.parse(brotliDecompressSync(packed).toString()) as Record<string, Published>;
  kept = new Map(
    Object.entries(published).map(([name, { path, version, created, updated, document }]) => {
      const arn = `arn:aws:iam::aws:policy${path}${name}`;
      return [arn, { name, arn, path, versionId: version, createdMs: Date.parse(created), updatedMs: Date.parse(updated), document }];
    }),
  );
  return kept;
}

export const awsManagedPolicy = (arn: string): AwsManagedPolicy | undefined =>
  arn.startsWith("arn:aws:iam::aws:policy/") ? all().get(arn) : undefined;

export const awsManagedPolicies = (): AwsManagedPolicy[] => [...all().values()];
