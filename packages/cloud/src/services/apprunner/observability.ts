/** Observability configurations: whether a service's traces go to X-Ray, which is recorded alone. Each name has revisions. */
import type { ObservabilityConfiguration } from "@aws-sdk/client-apprunner";
import { resourceNotFound } from "./errors.ts";
import { partsOf, type Scope } from "./names.ts";
import type { Tagged } from "./tags.ts";

export interface ObservabilityRecord extends Tagged {
  arn: string;
  name: string;
  revision: number;
  vendor?: string;
  createdMs: number;
  token?: string;
}

const kept = ({ cloud }: Pick<Scope, "cloud">) => cloud.store.collection<ObservabilityRecord>("apprunner:observability");

/** By name and revision. */
export const observabilities = (scope: Scope): ObservabilityRecord[] =>
  kept(scope)
    .list(scope.region)
    .toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.revision - b.revision));

export const saveObservability = (scope: Scope, record: ObservabilityRecord): void => kept(scope).put(scope.region, record.arn, record);
export const removeObservability = (scope: Scope, { arn }: ObservabilityRecord): void => void kept(scope).delete(scope.region, arn);

/** By an ARN in full, or one that ends with the name or the revision, which then means the newest. */
export function requireObservability(scope: Scope, arn: string): ObservabilityRecord {
  const [name, revision, id] = partsOf(scope, "observabilityconfiguration", arn) ?? [];
  const found = observabilities(scope)
    .filter((record) => record.name === name && (revision === undefined || String(record.revision) === revision))
    .at(-1);
  if (!found || (id !== undefined && found.arn !== arn)) throw resourceNotFound("ObservabilityConfiguration", arn);
  return found;
}

export function describeObservability(scope: Scope, record: ObservabilityRecord, deletedMs?: number): ObservabilityConfiguration {
  const newest = observabilities(scope).findLast(({ name }) => name === record.name);
  return {
    ObservabilityConfigurationArn: record.arn,
    ObservabilityConfigurationName: record.name,
    ObservabilityConfigurationRevision: record.revision,
    ...(record.vendor !== undefined && { TraceConfiguration: { Vendor: record.vendor as "AWSXRAY" } }),
    Latest: newest === undefined || newest.revision <= record.revision,
    Status: deletedMs === undefined ? "ACTIVE" : "INACTIVE",
    CreatedAt: new Date(record.createdMs),
    ...(deletedMs !== undefined && { DeletedAt: new Date(deletedMs) }),
  };
}
