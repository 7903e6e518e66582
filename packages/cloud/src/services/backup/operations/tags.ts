/** TagResource, UntagResource, ListTags: of vaults, plans and recovery points, by ARN. */
import { operation, type OperationContext } from "../../../service.ts";
import { invalidValue } from "../errors.ts";
import { findRecoveryPoint, recoveryPoints } from "../job.ts";
import { findPlan, plans } from "../plan.ts";
import { findVault, type Tags, vaults } from "../vault.ts";

/** Reads the tags, and writes them when `change` is given. */
function tagged({ cloud, region }: OperationContext, arn: string, change?: (tags: Tags) => Tags): Tags {
  const keep = <T extends { tags: Tags }>(shelf: { put(scope: string, key: string, value: T): void }, key: string, value: T): Tags => {
    if (change) shelf.put(region, key, { ...value, tags: change(value.tags) });
    return value.tags;
  };
  const [, kind, id = ""] = /^arn:aws:backup:[a-z0-9-]+:\d{12}:(backup-vault|backup-plan):(.+)$/.exec(arn) ?? [];
  if (kind === "backup-vault") return keep(vaults(cloud), id, findVault(cloud, region, id));
  if (kind === "backup-plan") return keep(plans(cloud), id, findPlan(cloud, region, id));
  if (!arn.startsWith("arn:aws:")) throw invalidValue(`Invalid resource ARN: ${arn}`);
  return keep(recoveryPoints(cloud), arn, findRecoveryPoint(cloud, region, undefined, arn));
}

export const tagResource = operation("backup", "TagResource", (input, context) => {
  const added = Object.fromEntries(Object.entries(input.Tags ?? {}).map(([key, value]) => [key, value ?? ""]));
  tagged(context, input.ResourceArn ?? "", (tags) => ({ ...tags, ...added }));
  return {};
});

export const untagResource = operation("backup", "UntagResource", (input, context) => {
  const gone = new Set(input.TagKeyList ?? []);
  tagged(context, input.ResourceArn ?? "", (tags) => Object.fromEntries(Object.entries(tags).filter(([key]) => !gone.has(key))));
  return {};
});

export const listTags = operation("backup", "ListTags", (input, context) => ({ Tags: tagged(context, input.ResourceArn ?? "") }));
