/** A DB subnet group: where instances may stand. */
import type { Output } from "../../aws.ts";
import type { Cloud } from "../../cloud.ts";
import type { OperationContext } from "../../service.ts";
import { subnetGroupNotFound } from "./errors.ts";
import { arnOf } from "./names.ts";
import { defaultPlaces, type SubnetPlace } from "./network.ts";
import type { Tag } from "./tags.ts";

export interface SubnetGroup {
  name: string;
  description: string;
  subnets: SubnetPlace[];
  tags: Tag[];
}

export const subnetGroups = (cloud: Cloud) => cloud.store.collection<SubnetGroup>("rds.subnet-groups");

/** The group of that name; `default`, which nobody makes, is the default VPC. */
export async function findSubnetGroup(context: OperationContext, name: string): Promise<SubnetGroup> {
  const key = name.toLowerCase();
  const found = subnetGroups(context.cloud).get(context.region, key);
  if (found) return found;
  if (key === "default") {
    const subnets = await defaultPlaces(context);
    if (subnets.length > 0) return { name: "default", description: "default", subnets, tags: [] };
  }
  throw subnetGroupNotFound(name);
}

type Shape = NonNullable<Output<"rds", "CreateDBSubnetGroup">["DBSubnetGroup"]>;

export function subnetGroupShape(of: { region: string; account: string }, group: SubnetGroup): Shape {
  return {
    DBSubnetGroupName: group.name,
    DBSubnetGroupDescription: group.description,
    VpcId: group.subnets[0]!.vpc,
    SubnetGroupStatus: "Complete",
    Subnets: group.subnets.map(({ id, zone }) => ({
      SubnetIdentifier: id,
      SubnetAvailabilityZone: { Name: zone },
      SubnetOutpost: {},
      SubnetStatus: "Active",
    })),
    DBSubnetGroupArn: arnOf(of, "subgrp", group.name),
    SupportedNetworkTypes: ["IPV4"],
  };
}
