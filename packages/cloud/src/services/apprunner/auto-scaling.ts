/** Auto scaling configurations: how many requests an instance takes at once, and between which numbers instances are. Each name has revisions. */
import type { AutoScalingConfiguration, AutoScalingConfigurationSummary } from "@aws-sdk/client-apprunner";
import { invalidRequest, resourceNotFound } from "./errors.ts";
import { arnOf, partsOf, type Scope } from "./names.ts";
import { services } from "./service.ts";
import type { Tagged } from "./tags.ts";

export interface AutoScalingRecord extends Tagged {
  arn: string;
  name: string;
  revision: number;
  maxConcurrency: number;
  minSize: number;
  maxSize: number;
  createdMs: number;
  /** Whether services that name none get it. */
  isDefault: boolean;
  token?: string;
}

/** The one that App Runner provides. Source: API reference, CreateAutoScalingConfiguration. */
export const defaultScaling = { maxConcurrency: 100, minSize: 1, maxSize: 25 };
const providedName = "DefaultConfiguration";
const providedId = "00000000000000000000000000000001";

const kept = ({ cloud }: Pick<Scope, "cloud">) => cloud.store.collection<AutoScalingRecord>("apprunner:auto-scaling");

/** All of a region, the provided one among them, by name and revision. */
export function autoScalings(scope: Scope): AutoScalingRecord[] {
  const own = kept(scope).list(scope.region);
  const provided: AutoScalingRecord = {
    arn: arnOf(scope, "autoscalingconfiguration", providedName, 1, providedId),
    name: providedName,
    revision: 1,
    ...defaultScaling,
    createdMs: 0,
    isDefault: !own.some(({ isDefault }) => isDefault),
    tags: {},
    systemTags: {},
  };
  return [provided, ...own].toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.revision - b.revision));
}

export const isProvided = ({ arn }: Pick<AutoScalingRecord, "arn">): boolean => arn.endsWith(`/${providedId}`);

export const saveAutoScaling = (scope: Scope, record: AutoScalingRecord): void => kept(scope).put(scope.region, record.arn, record);

export const removeAutoScaling = (scope: Scope, { arn }: AutoScalingRecord): void => void kept(scope).delete(scope.region, arn);

/** By an ARN in full, or one that ends with the name or the revision, which then means the newest. Throws ResourceNotFoundException. */
export function requireAutoScaling(scope: Scope, arn: string): AutoScalingRecord {
  const [name, revision, id] = partsOf(scope, "autoscalingconfiguration", arn) ?? [];
  const found = autoScalings(scope)
    .filter((record) => record.name === name && (revision === undefined || String(record.revision) === revision))
    .at(-1);
  if (!found || (id !== undefined && found.arn !== arn)) throw resourceNotFound("AutoScalingConfiguration", arn);
  return found;
}

/** The one that a service gets which names none. */
export const defaultAutoScaling = (scope: Scope): AutoScalingRecord => autoScalings(scope).find(({ isDefault }) => isDefault)!;

/** The sizes that a service is held to; the provided ones where its configuration has gone. */
export function scalingOf(scope: Scope, arn: string): Pick<AutoScalingRecord, "maxConcurrency" | "minSize" | "maxSize"> {
  return autoScalings(scope).find((record) => record.arn === arn) ?? defaultScaling;
}

export const usersOf = (scope: Scope, { arn }: AutoScalingRecord): string[] =>
  services(scope)
    .filter(({ status, configuration }) => status !== "DELETED" && configuration.autoScalingArn === arn)
    .map((service) => service.arn);

export function checkUnused(scope: Scope, record: AutoScalingRecord): void {
  if (usersOf(scope, record).length > 0)
    throw invalidRequest(`AutoScalingConfiguration ${record.arn} is in use by one or more App Runner services and cannot be deleted.`);
}

export function describeAutoScaling(scope: Scope, record: AutoScalingRecord, deletedMs?: number): AutoScalingConfiguration {
  const newest = autoScalings(scope).findLast(({ name }) => name === record.name);
  return {
    ...summaryOf(scope, record),
    Latest: newest === undefined || newest.revision <= record.revision,
    MaxConcurrency: record.maxConcurrency,
    MinSize: record.minSize,
    MaxSize: record.maxSize,
    ...(deletedMs !== undefined && { Status: "INACTIVE", DeletedAt: new Date(deletedMs) }),
  };
}

export const summaryOf = (scope: Scope, record: AutoScalingRecord): AutoScalingConfigurationSummary => ({
  AutoScalingConfigurationArn: record.arn,
  AutoScalingConfigurationName: record.name,
  AutoScalingConfigurationRevision: record.revision,
  Status: "ACTIVE",
  CreatedAt: new Date(record.createdMs),
  HasAssociatedService: usersOf(scope, record).length > 0,
  IsDefault: record.isDefault,
});
