/** Schedule groups: `default` is always there, and is not written down. */
import type { GetScheduleGroupOutput } from "@aws-sdk/client-scheduler";
import type { Cloud } from "../../cloud.ts";
import { groupNotFound } from "./errors.ts";
import type { Place } from "./place.ts";

export interface Group {
  name: string;
  arn: string;
  createdMs: number;
  modifiedMs: number;
  tags: Record<string, string>;
  /** Those that begin with `aws:`, by which a stack knows what it made. */
  systemTags: Record<string, string>;
  token?: string;
}

export const groups = (cloud: Cloud) => cloud.store.collection<Group>("scheduler.group");

export const groupArn = ({ account, region }: Pick<Place, "account" | "region">, name: string): string =>
  `arn:aws:scheduler:${region}:${account}:schedule-group/${name}`;

/** Throws where there is none. */
export function requireGroup(place: Place, name: string): Group {
  const found = groups(place.cloud).get(place.region, name) ?? (name === "default" ? defaultGroup(place) : undefined);
  if (!found) throw groupNotFound(name);
  return found;
}

/** Made with the account. */
const defaultGroup = (place: Place): Group => ({
  name: "default",
  arn: groupArn(place, "default"),
  createdMs: 0,
  modifiedMs: 0,
  tags: {},
  systemTags: {},
});

/** In the order of their names; `default` before all others. */
export function allGroups(place: Place): Group[] {
  const others = groups(place.cloud)
    .list(place.region)
    .filter(({ name }) => name !== "default");
  return [requireGroup(place, "default"), ...others];
}

export const describeGroup = ({ arn, name, createdMs, modifiedMs }: Group): GetScheduleGroupOutput => ({
  Arn: arn,
  Name: name,
  State: "ACTIVE",
  CreationDate: new Date(createdMs),
  LastModificationDate: new Date(modifiedMs),
});
