/** The operations on prefix lists. */
import type { ManagedPrefixList } from "@aws-sdk/client-ec2";
import { AwsError } from "../../../aws-error.ts";
import { type OperationContext, operation } from "../../../service.ts";
import { formatCidr, parseCidr } from "../cidr.ts";
import { dependencyViolation, invalidParameterValue, missingParameter, notFound } from "../errors.ts";
import { filtered } from "../filters.ts";
import { newId } from "../ids.ts";
import { page } from "../pages.ts";
import { allPrefixLists, type AnyPrefixList, awsPrefixLists } from "../prefix-list.ts";
import { type PrefixListRecord, prefixLists, routeTables, securityGroups } from "../shelf.ts";
import { dropTags, putNew, tagsFrom, tagsOf } from "../tags.ts";

const described = (context: OperationContext, list: AnyPrefixList): ManagedPrefixList => ({
  PrefixListId: list.id,
  PrefixListName: list.name,
  PrefixListArn: `arn:aws:ec2:${context.region}:${list.owner === "AWS" ? "aws" : list.owner}:prefix-list/${list.id}`,
  AddressFamily: list.family,
  State: list.owner === "AWS" ? "create-complete" : list.version > 1 ? "modify-complete" : "create-complete",
  ...(list.maxEntries !== undefined && { MaxEntries: list.maxEntries, Version: list.version }),
  OwnerId: list.owner,
  Tags: tagsOf(context, list.id),
});

interface Entry {
  Cidr: string;
  Description?: string | undefined;
}

function entriesOf(given: readonly Entry[], family: string): { Cidr: string; Description?: string }[] {
  return given.map(({ Cidr, Description }) => {
    const block = parseCidr(Cidr);
    if (!block || block.version !== (family === "IPv4" ? 4 : 6))
      throw invalidParameterValue(`The CIDR (${Cidr}) is invalid for the address family ${family}.`);
    return { Cidr: formatCidr(block), ...(Description !== undefined && { Description }) };
  });
}

function own(context: OperationContext, id: string): PrefixListRecord {
  if (awsPrefixLists(context).some((list) => list.id === id))
    throw new AwsError("OperationNotPermitted", `The prefix list ${id} is managed by AWS and cannot be changed.`);
  return prefixLists(context).must(id);
}

export const createManagedPrefixList = operation("ec2", "CreateManagedPrefixList", (input, context) => {
  const { PrefixListName: name, AddressFamily: family, MaxEntries: maxEntries } = input;
  if (name === undefined) throw missingParameter("PrefixListName");
  if (maxEntries === undefined) throw missingParameter("MaxEntries");
  if (family !== "IPv4" && family !== "IPv6") throw invalidParameterValue(`Value (${family}) for parameter AddressFamily is invalid.`);
  if (name.startsWith("com.amazonaws")) throw invalidParameterValue("Prefix list names cannot start with com.amazonaws.");
  const entries = entriesOf((input.Entries ?? []) as Entry[], family);
  if (entries.length > maxEntries)
    throw new AwsError("PrefixListMaxEntriesExceeded", `You can't add more than ${maxEntries} entries to this prefix list.`);
  const tags = tagsFrom(input, "prefix-list");
  const list: PrefixListRecord = { id: newId(context, "pl"), name, family, maxEntries, version: 1, versions: [{ version: 1, entries }] };
  prefixLists(context).put(list);
  putNew(context, list.id, tags, input);
  return { PrefixList: { ...described(context, { ...list, owner: context.account, entries }), State: "create-in-progress" as const } };
});

export const describeManagedPrefixLists = operation("ec2", "DescribeManagedPrefixLists", (input, context) => {
  const all = allPrefixLists(context);
  const chosen = input.PrefixListIds?.length
    ? input.PrefixListIds.map((id) => {
        const found = all.find((list) => list.id === id);
        if (!found) throw notFound("pl", id);
        return found;
      })
    : all;
  const found = filtered(
    chosen.map((list) => described(context, list)),
    input.Filters,
    {
      "owner-id": (list) => list.OwnerId,
      "prefix-list-id": (list) => list.PrefixListId,
      "prefix-list-name": (list) => list.PrefixListName,
    },
    (list) => list.Tags,
  );
  const { items, ...rest } = page(found, input, 1, 100);
  return { PrefixLists: items, ...rest };
});

export const describePrefixLists = operation("ec2", "DescribePrefixLists", (input, context) => {
  for (const id of input.PrefixListIds ?? []) if (!awsPrefixLists(context).some((list) => list.id === id)) throw notFound("pl", id);
  const found = filtered(
    awsPrefixLists(context)
      .filter(({ id }) => !input.PrefixListIds?.length || input.PrefixListIds.includes(id))
      .map((list) => ({ PrefixListId: list.id, PrefixListName: list.name, Cidrs: list.entries.map(({ Cidr }) => Cidr) })),
    input.Filters,
    { "prefix-list-id": (list) => list.PrefixListId, "prefix-list-name": (list) => list.PrefixListName },
    () => [],
  );
  const { items, ...rest } = page(found, input);
  return { PrefixLists: items, ...rest };
});

export const getManagedPrefixListEntries = operation("ec2", "GetManagedPrefixListEntries", (input, context) => {
  const list = allPrefixLists(context).find(({ id }) => id === input.PrefixListId);
  if (!list) throw notFound("pl", input.PrefixListId!);
  const version = input.TargetVersion;
  const at =
    version === undefined
      ? list
      : prefixLists(context)
          .get(list.id)
          ?.versions.find((one) => one.version === version);
  if (!at) throw new AwsError("PrefixListVersionNotFound", `The prefix list ${list.id} has no version ${version}.`);
  const { items, ...rest } = page(at.entries, input, 1, 100);
  return { Entries: items, ...rest };
});

export const modifyManagedPrefixList = operation("ec2", "ModifyManagedPrefixList", (input, context) => {
  const list = own(context, input.PrefixListId!);
  const changes = input.AddEntries?.length || input.RemoveEntries?.length;
  if (changes) {
    if (input.CurrentVersion === undefined) throw missingParameter("CurrentVersion");
    if (input.CurrentVersion !== list.version)
      throw new AwsError("PrefixListVersionMismatch", `The prefix list has the incorrect version number`);
    const removed = entriesOf((input.RemoveEntries ?? []) as Entry[], list.family).map(({ Cidr }) => Cidr);
    const added = entriesOf((input.AddEntries ?? []) as Entry[], list.family);
    const kept = list.versions.at(-1)!.entries.filter(({ Cidr }) => !removed.includes(Cidr) && !added.some((entry) => entry.Cidr === Cidr));
    list.version++;
    list.versions.push({ version: list.version, entries: [...kept, ...added] });
  }
  if (input.PrefixListName !== undefined) list.name = input.PrefixListName;
  if (input.MaxEntries !== undefined) list.maxEntries = input.MaxEntries;
  const { entries } = list.versions.at(-1)!;
  if (entries.length > list.maxEntries)
    throw new AwsError("PrefixListMaxEntriesExceeded", `You can't add more than ${list.maxEntries} entries to this prefix list.`);
  prefixLists(context).put(list);
  return { PrefixList: { ...described(context, { ...list, owner: context.account, entries }), State: "modify-in-progress" as const } };
});

export const deleteManagedPrefixList = operation("ec2", "DeleteManagedPrefixList", (input, context) => {
  const list = own(context, input.PrefixListId!);
  const used =
    securityGroups(context)
      .list()
      .some(({ rules }) => rules.some(({ PrefixListId }) => PrefixListId === list.id)) ||
    routeTables(context)
      .list()
      .some(({ routes }) => routes.some(({ DestinationPrefixListId }) => DestinationPrefixListId === list.id));
  if (used) throw dependencyViolation(`The prefix list '${list.id}' has dependencies and cannot be deleted.`);
  prefixLists(context).delete(list.id);
  dropTags(context, list.id);
  return { PrefixList: { ...described(context, { ...list, owner: context.account, entries: [] }), State: "delete-in-progress" as const } };
});
