/** The operations on what surrounds the network: regions, zones, the account's attributes, a VPC's minor settings. */
import { AwsError } from "../../../aws-error.ts";
import { operation } from "../../../service.ts";
import { invalidParameterValue } from "../errors.ts";
import { filtered } from "../filters.ts";
import { regions, zonesOf } from "../regions.ts";
import { vpcs } from "../shelf.ts";

export const describeRegions = operation("ec2", "DescribeRegions", (input, context) => {
  for (const name of input.RegionNames ?? [])
    if (!regions.some((one) => one.name === name)) throw new AwsError("InvalidParameterValue", `Invalid region(s): [${name}]`);
  const described = regions
    .filter(({ name }) => !input.RegionNames?.length || input.RegionNames.includes(name))
    // The region that is called has been opted into, else the call would not have come here.
    .filter(({ name, optIn }) => !optIn || input.AllRegions || input.RegionNames?.length || name === context.region)
    .map(({ name, optIn }) => ({
      RegionName: name,
      Endpoint: `ec2.${name}.amazonaws.com`,
      OptInStatus: optIn ? (name === context.region ? ("opted-in" as const) : ("not-opted-in" as const)) : ("opt-in-not-required" as const),
    }));
  return {
    Regions: filtered(
      described,
      input.Filters,
      { "region-name": (one) => one.RegionName, endpoint: (one) => one.Endpoint, "opt-in-status": (one) => one.OptInStatus },
      () => [],
    ),
  };
});

export const describeAvailabilityZones = operation("ec2", "DescribeAvailabilityZones", (input, context) => {
  const zones = zonesOf(context.region).map(({ name, id }) => ({
    State: "available" as const,
    OptInStatus: "opt-in-not-required" as const,
    Messages: [],
    RegionName: context.region,
    ZoneName: name,
    ZoneId: id,
    GroupName: `${context.region}-zg-1`,
    NetworkBorderGroup: context.region,
    ZoneType: "availability-zone",
  }));
  for (const name of input.ZoneNames ?? [])
    if (!zones.some(({ ZoneName }) => ZoneName === name)) throw invalidParameterValue(`Invalid availability zone: [${name}]`);
  for (const id of input.ZoneIds ?? [])
    if (!zones.some(({ ZoneId }) => ZoneId === id)) throw invalidParameterValue(`Invalid availability zone-id: [${id}]`);
  const named = zones.filter(
    ({ ZoneName, ZoneId }) =>
      (!input.ZoneNames?.length || input.ZoneNames.includes(ZoneName)) && (!input.ZoneIds?.length || input.ZoneIds.includes(ZoneId)),
  );
  return {
    AvailabilityZones: filtered(
      named,
      input.Filters,
      {
        "group-name": (zone) => zone.GroupName,
        "opt-in-status": (zone) => zone.OptInStatus,
        "region-name": (zone) => zone.RegionName,
        state: (zone) => zone.State,
        "zone-id": (zone) => zone.ZoneId,
        "zone-name": (zone) => zone.ZoneName,
        "zone-type": (zone) => zone.ZoneType,
      },
      () => [],
    ),
  };
});

export const describeAccountAttributes = operation("ec2", "DescribeAccountAttributes", (input, context) => {
  const values: Readonly<Record<string, string[]>> = {
    "supported-platforms": ["VPC"],
    "default-vpc": [
      vpcs(context)
        .list()
        .find(({ isDefault }) => isDefault)?.id ?? "none",
    ],
    "max-instances": ["20"],
    "vpc-max-security-groups-per-interface": ["5"],
    "max-elastic-ips": ["5"],
    "vpc-max-elastic-ips": ["5"],
  };
  const names: readonly string[] = input.AttributeNames?.length ? input.AttributeNames : Object.keys(values);
  return {
    AccountAttributes: names.map((name) => {
      const found = values[name];
      if (!found) throw invalidParameterValue(`Value (${name}) for parameter attributeName is invalid.`);
      return { AttributeName: name, AttributeValues: found.map((AttributeValue) => ({ AttributeValue })) };
    }),
  };
});
