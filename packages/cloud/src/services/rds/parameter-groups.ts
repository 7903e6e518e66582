/** What is done with parameter groups, be they of instances or of clusters: the two kinds differ in words and in who uses them. */
import type { Cloud } from "../../cloud.ts";
import { markerPage } from "../../marker-pages.ts";
import type { Collection } from "../../store.ts";
import { invalidCombination, invalidParameterGroupState, invalidValue, parameterGroupExists } from "./errors.ts";
import { checkIdentifier } from "./names.ts";
import { defaultGroup, isDefaultGroup, majorOfFamily, type ParameterGroup } from "./parameter-group.ts";
import { checkCount, checkParameter, familyParameters, type ParameterInput, parameterShape } from "./parameters.ts";
import { checkedTags } from "./tags.ts";

export interface GroupKind {
  readonly nameMember: "DBParameterGroupName" | "DBClusterParameterGroupName";
  readonly families: readonly string[];
  /** What those are called that use one. */
  readonly users: "instances" | "clusters";
  kept(cloud: Cloud): Collection<ParameterGroup>;
  /** @throws when there is none. */
  find(cloud: Cloud, region: string, name: string): ParameterGroup;
  /** The names of the groups in use, each as often as it is used. */
  inUse(cloud: Cloud, region: string): string[];
  /** Tells whoever uses it that it has changed. */
  changed(cloud: Cloud, region: string, group: ParameterGroup): void | Promise<void>;
}

interface Place {
  cloud: Cloud;
  region: string;
}

export function makeGroup(
  kind: GroupKind,
  { cloud, region }: Place,
  given: { name: string; family: string; description: string | undefined; tags: Parameters<typeof checkedTags>[0] },
): ParameterGroup {
  const name = checkIdentifier(kind.nameMember, given.name, 255);
  if (!kind.families.includes(given.family)) throw noSuchFamily(given.family);
  if (!given.description) throw invalidValue("The parameter Description must be provided and must not be blank.");
  const { family, description } = given;
  return putNew(kind, { cloud, region }, { name, family, description, values: {}, tags: checkedTags(given.tags) });
}

/** @throws when the source is a default group, or there is one of the copy's name. */
export function copyGroup(
  kind: GroupKind,
  place: Place,
  { source, ...own }: { source: string } & Pick<ParameterGroup, "name" | "description" | "tags">,
): ParameterGroup {
  const { family, values } = changeable(kind, place, source);
  return putNew(kind, place, { ...own, family, values: { ...values } });
}

/** @throws when there is one of its name. */
export function putNew({ kept }: GroupKind, { cloud, region }: Place, group: ParameterGroup): ParameterGroup {
  if (kept(cloud).has(region, group.name)) throw parameterGroupExists(group.name);
  kept(cloud).put(region, group.name, group);
  return group;
}

/** The one that is named; or all, the default ones as far as somebody uses them. */
export function listGroups(kind: GroupKind, place: Place, name: string | undefined): ParameterGroup[] {
  if (name) return [kind.find(place.cloud, place.region, name)];
  const { cloud, region } = place;
  const used = new Set(kind.inUse(cloud, region));
  return [...kind.families.map(defaultGroup).filter((group) => used.has(group.name)), ...kind.kept(cloud).list(region)];
}

export function removeGroup(kind: GroupKind, place: Place, name: string): void {
  const { cloud, region } = place;
  const group = changeable(kind, place, name);
  if (kind.inUse(cloud, region).includes(group.name)) {
    throw invalidParameterGroupState(
      `One or more database ${kind.users} are still members of this parameter group, so the group cannot be deleted`,
    );
  }
  kind.kept(cloud).delete(region, group.name);
}

export async function changeGroup(
  kind: GroupKind,
  place: Place,
  name: string,
  parameters: readonly ParameterInput[],
): Promise<ParameterGroup> {
  const group = changeable(kind, place, name);
  const changes = checkCount(parameters);
  const known = await familyParameters(place.cloud, majorOfFamily(group.family));
  const checked = changes.map((change) => checkParameter(group.family, known.get(change.ParameterName ?? ""), change));
  for (const { name: parameter, value, method } of checked) group.values[parameter] = { value, method };
  return written(kind, place, group);
}

/** @param all whether every parameter goes back to its default where none is named. */
export async function resetGroup(
  kind: GroupKind,
  place: Place,
  name: string,
  { parameters = [], all }: { parameters: readonly ParameterInput[] | undefined; all: boolean },
): Promise<ParameterGroup> {
  const group = changeable(kind, place, name);
  if (!all && parameters.length === 0) throw invalidCombination("Either ResetAllParameters or Parameters must be specified.");
  if (parameters.length > 0) {
    const known = await familyParameters(place.cloud, majorOfFamily(group.family));
    for (const { ParameterName: parameter = "" } of checkCount(parameters)) {
      if (!known.has(parameter)) throw invalidValue(`Could not find parameter with name: ${parameter}`);
      delete group.values[parameter];
    }
  } else group.values = {};
  return written(kind, place, group);
}

const sources = ["user", "system", "engine-default"];

export async function groupParameters(
  kind: GroupKind,
  place: Place,
  name: string,
  source: string | undefined,
): Promise<ReturnType<typeof parameterShape>[]> {
  const group = kind.find(place.cloud, place.region, name);
  const known = await familyParameters(place.cloud, majorOfFamily(group.family));
  if (source && !sources.includes(source)) throw invalidValue(`Invalid source: ${source}`);
  return [...known.values()].map((parameter) => parameterShape(parameter, group)).filter(({ Source }) => !source || Source === source);
}

/** What the parameters of a family are without a group. */
export async function familyDefaults(
  { families }: GroupKind,
  cloud: Cloud,
  input: { DBParameterGroupFamily?: string | undefined; Marker?: string | undefined; MaxRecords?: number | undefined },
) {
  const family = input.DBParameterGroupFamily!;
  if (!families.includes(family)) throw noSuchFamily(family);
  const known = await familyParameters(cloud, majorOfFamily(family));
  const all = [...known.values()].map((parameter) => parameterShape(parameter, defaultGroup(family)));
  const { items, Marker } = markerPage(all, input, ({ ParameterName }) => ParameterName, "EngineDefaults");
  return { EngineDefaults: { DBParameterGroupFamily: family, Parameters: items, ...(Marker && { Marker }) } };
}

async function written(kind: GroupKind, { cloud, region }: Place, group: ParameterGroup): Promise<ParameterGroup> {
  kind.kept(cloud).put(region, group.name, group);
  await kind.changed(cloud, region, group);
  return group;
}

function changeable(kind: GroupKind, place: Place, name: string): ParameterGroup {
  const group = kind.find(place.cloud, place.region, name);
  if (!isDefaultGroup(group.name)) return group;
  throw invalidValue(
    `The parameter ${kind.nameMember} is not a valid identifier. The default parameter group ${group.name} cannot be modified or deleted.`,
  );
}

const noSuchFamily = (family: string) => invalidValue(`ParameterGroupFamily ${family} is not a valid parameter group family`);
