/** The managed policies that AWS keeps for everybody: a selection of those that products name, with AWS's own documents. */
import published from "./generated/aws-managed-policies.json" with { type: "json" };

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

const all = new Map<string, AwsManagedPolicy>(
  Object.entries(published).map(([name, { path, version, created, updated, document }]) => {
    const arn = `arn:aws:iam::aws:policy${path}${name}`;
    return [arn, { name, arn, path, versionId: version, createdMs: Date.parse(created), updatedMs: Date.parse(updated), document }];
  }),
);

export const awsManagedPolicy = (arn: string): AwsManagedPolicy | undefined => all.get(arn);

export const awsManagedPolicies = (): AwsManagedPolicy[] => [...all.values()];
