/** CreateAlias, UpdateAlias, DeleteAlias and ListAliases. */
import { AwsError } from "../../../aws-error.ts";
import { checkConstraints } from "../../../constraints.ts";
import { operation } from "../../../service.ts";
import { aliasArn, aliasesOf, findAlias, managedPrefix, predefinedAliases, putAlias, removeAlias } from "../aliases.ts";
import { aliasNotFound, alreadyExists, limitExceeded, validation } from "../errors.ts";
import { checkState } from "../key.ts";
import { resolveKey } from "../key-reference.ts";
import { limits, markedPage } from "../pages.ts";

const pattern = "^[a-zA-Z0-9:/_-]+$";
/** Of one key (AWS KMS Developer Guide, "Resource quotas"). */
const mostAliases = 50;

function checkName(name: string): void {
  checkConstraints("ValidationException", { aliasName: [name, { length: [1, 256] }] });
  if (!name.startsWith("alias/")) {
    throw validation(
      'Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html',
    );
  }
  if (name.startsWith(managedPrefix)) throw new AwsError("NotAuthorizedException", "");
  if (name.includes(":")) throw validation(`${name} contains invalid characters for an alias`);
  if (!new RegExp(pattern, "u").test(name) || name === "alias/") {
    throw validation(
      `1 validation error detected: Value '${name}' at 'aliasName' failed to satisfy constraint: Member must satisfy regular expression pattern: ${pattern}`,
    );
  }
}

const isAlias = (reference: string) => /(?:^|:)alias\//u.test(reference);

export const createAlias = operation("kms", "CreateAlias", ({ AliasName: name, TargetKeyId }, context) => {
  const { cloud, region } = context;
  checkName(name);
  if (isAlias(TargetKeyId)) throw validation("Aliases must refer to keys. Not aliases");
  const key = resolveKey(context, TargetKeyId, { aliases: false });
  const arn = aliasArn(context, name);
  if (findAlias(cloud, region, name)) throw alreadyExists(`An alias with the name ${arn} already exists`);
  checkState(cloud, key, ["Enabled", "Disabled", "PendingImport"]);
  if (aliasesOf(cloud, region, key.id).length >= mostAliases) throw limitExceeded(`The key ${key.arn} has ${mostAliases} aliases already.`);
  const nowMs = cloud.world.clock.nowMs();
  putAlias(cloud, region, { name, arn, targetId: key.id, createdMs: nowMs, updatedMs: nowMs });
  return {};
});

/** From a key to another of the same kind and usage. */
export const updateAlias = operation("kms", "UpdateAlias", ({ AliasName: name, TargetKeyId }, context) => {
  const { cloud, region } = context;
  checkName(name);
  const alias = findAlias(cloud, region, name);
  if (!alias) throw aliasNotFound(aliasArn(context, name));
  if (isAlias(TargetKeyId)) throw validation("Aliases must refer to keys. Not aliases");
  const key = resolveKey(context, TargetKeyId, { aliases: false });
  checkState(cloud, key, ["Enabled", "Disabled", "PendingImport"]);
  const before = resolveKey(context, alias.targetId);
  if (before.usage !== key.usage || isKind(before.spec) !== isKind(key.spec)) {
    throw validation("An alias cannot be moved to a key of another type or key usage.");
  }
  putAlias(cloud, region, { ...alias, targetId: key.id, updatedMs: cloud.world.clock.nowMs() });
  return {};
});

const isKind = (spec: string) => (spec === "SYMMETRIC_DEFAULT" ? "symmetric" : spec.startsWith("HMAC_") ? "HMAC" : "asymmetric");

export const deleteAlias = operation("kms", "DeleteAlias", ({ AliasName: name }, context) => {
  checkName(name);
  if (!findAlias(context.cloud, context.region, name)) throw aliasNotFound(aliasArn(context, name));
  removeAlias(context.cloud, context.region, name);
  return {};
});

export const listAliases = operation("kms", "ListAliases", ({ KeyId, Limit, Marker }, context) => {
  const { cloud, region } = context;
  checkConstraints("ValidationException", { limit: [Limit, limits] });
  const key = KeyId === undefined ? undefined : resolveKey(context, KeyId, { aliases: false });
  const there = aliasesOf(cloud, region, key?.id).map(({ name, arn, targetId, createdMs, updatedMs }) => ({
    AliasName: name,
    AliasArn: arn,
    TargetKeyId: targetId,
    CreationDate: new Date(createdMs),
    LastUpdatedDate: new Date(updatedMs),
  }));
  const names = new Set(there.map(({ AliasName }) => AliasName));
  const waiting = (key ? [] : predefinedAliases)
    .filter((name) => !names.has(name))
    .map((name) => ({ AliasName: name, AliasArn: aliasArn(context, name) }));
  const all = [...there, ...waiting].sort((a, b) => (a.AliasName < b.AliasName ? -1 : 1));
  const query = `aliases ${key?.id}`;
  const { items, ...more } = markedPage(all, { size: Limit ?? 50, marker: Marker, keyOf: ({ AliasName }) => AliasName, query });
  return { Aliases: items, ...more };
});
