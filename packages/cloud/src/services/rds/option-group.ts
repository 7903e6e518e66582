/** A DB option group. PostgreSQL has no options: groups are kept, and those of PostgreSQL can be given to instances. */
import type { Output } from "../../aws.ts";
import type { Cloud } from "../../cloud.ts";
import { type Engine, families, partsOfFamily } from "./engine-versions.ts";
import { invalidCombination, optionGroupNotFound } from "./errors.ts";
import { arnOf } from "./names.ts";
import type { Tag } from "./tags.ts";

export interface OptionGroup {
  name: string;
  description: string;
  engine: string;
  majorVersion: string;
  tags: Tag[];
}

export const optionGroups = (cloud: Cloud) => cloud.store.collection<OptionGroup>("rds.option-groups");

/** Major versions by engine that an option group can be made for (RDS User Guide, "Working with option groups"). */
export const optionEngines: Readonly<Record<string, readonly string[]>> = {
  mariadb: ["10.3", "10.4", "10.5", "10.6", "10.11", "11.4", "11.8"],
  mysql: ["5.6", "5.7", "8.0", "8.4"],
  "oracle-ee": ["19"],
  "oracle-ee-cdb": ["19", "21"],
  "oracle-se2": ["19"],
  "oracle-se2-cdb": ["19", "21"],
  postgres: ["11", "12", "13", "14", "15", "16", "17", "18"],
  "sqlserver-ee": ["11.00", "12.00", "13.00", "14.00", "15.00", "16.00"],
  "sqlserver-ex": ["11.00", "12.00", "13.00", "14.00", "15.00", "16.00"],
  "sqlserver-se": ["11.00", "12.00", "13.00", "14.00", "15.00", "16.00"],
  "sqlserver-web": ["11.00", "12.00", "13.00", "14.00", "15.00", "16.00"],
};

/** Those that nobody makes: one for each major version of PostgreSQL and of Aurora PostgreSQL. */
export const defaultOptionGroups: readonly OptionGroup[] = families.map((family) => {
  const { engine, major } = partsOfFamily(family);
  return {
    name: defaultOptionGroupName(major, engine),
    description: `Default option group for ${engine} ${major}`,
    engine,
    majorVersion: String(major),
    tags: [],
  };
});

export function defaultOptionGroupName(major: number | string, engine: Engine = "postgres"): string {
  return `default:${engine}-${major}`;
}

export function findOptionGroup(cloud: Cloud, region: string, name: string): OptionGroup {
  const key = name.toLowerCase();
  const found = optionGroups(cloud).get(region, key) ?? defaultOptionGroups.find((group) => group.name === key);
  if (!found) throw optionGroupNotFound(name);
  return found;
}

/** The name of the option group for an instance of PostgreSQL's `major`: the given one when it fits, else the default one. */
export function optionGroupFor(cloud: Cloud, region: string, major: number, given: string | undefined): string {
  if (given === undefined) return defaultOptionGroupName(major);
  const { name, engine, majorVersion } = findOptionGroup(cloud, region, given);
  if (engine !== "postgres" || majorVersion !== String(major)) {
    throw invalidCombination(`The option group ${name} is associated with ${engine} ${majorVersion}, not with postgres ${major}.`);
  }
  return name;
}

type Shape = NonNullable<Output<"rds", "CreateOptionGroup">["OptionGroup"]>;

export function optionGroupShape(of: { region: string; account: string }, group: OptionGroup): Shape {
  return {
    OptionGroupName: group.name,
    OptionGroupDescription: group.description,
    EngineName: group.engine,
    MajorEngineVersion: group.majorVersion,
    Options: [],
    AllowsVpcAndNonVpcInstanceMemberships: true,
    OptionGroupArn: arnOf(of, "og", group.name),
  };
}
