/** AWS::EC2::Instance and Volume: the machine under Linux, its disks, its public address. */
import { hoursPerMonth } from "../price-list.ts";
import type { Desk, PricedType } from "../priced-type.ts";
import { figure, holds, map, maps, text } from "../reading.ts";

/** What Amazon Linux has as its root where no template says it. */
const rootGB = 8;

export const instance: PricedType = {
  price({ properties }, desk) {
    const type = text(properties, "InstanceType") ?? "m1.small";
    desk.charge({ item: "EC2 instance", price: ["ec2", type], quantity: hoursPerMonth, detail: type });
    const disks = maps(properties, "BlockDeviceMappings")
      .map((one) => map(one, "Ebs"))
      .filter((one) => one !== undefined);
    for (const disk of disks.length > 0 ? disks : [{ VolumeSize: rootGB, VolumeType: "gp3" }]) chargeDisk(disk, "VolumeSize", desk);
    if (maps(properties, "NetworkInterfaces").some((one) => holds(one, "AssociatePublicIpAddress")))
      desk.charge({ item: "public IPv4", price: ["publicIpv4", "hour"], quantity: hoursPerMonth, detail: "public IPv4" });
  },
};

export const volume: PricedType = {
  price: ({ properties }, desk) => chargeDisk(properties, "Size", desk),
};

function chargeDisk(disk: Readonly<Record<string, unknown>>, sizeName: string, desk: Desk): void {
  const sizeGB = figure(disk, sizeName);
  const kind = text(disk, "VolumeType") ?? "gp2";
  if (sizeGB === undefined) return desk.unknown("the size of a disk is not known before the deploy");
  desk.charge({ item: `EBS ${kind}`, price: ["ebs", kind], quantity: sizeGB, detail: `${sizeGB} GB ${kind}` });
}
