/** Availability zones: chosen once for a stage, then kept (a subnet's zone is create-only, and AWS's order may change). */
import type { Assembly } from "@plinth/compiler";
import type { Aws } from "./aws.ts";
import { DeployError } from "./deploy-error.ts";
import type { DeployedStack } from "./stacks/stack-state.ts";

/** Zones that lack Fargate and newer instance classes. */
const unsuitableZoneIds = new Set(["use1-az3"]);

/** The zones of each other region in which parts of the app stand. */
export async function chooseZonesElsewhere(
  aws: Aws,
  assembly: Assembly,
  deployed: ReadonlyMap<string, DeployedStack>,
): Promise<Map<string, string[]>> {
  const sources = assembly.stacks.flatMap(({ parameters }) => Object.values(parameters));
  const regions = new Set(sources.flatMap((source) => (source.from === "zone" && source.region !== undefined ? [source.region] : [])));
  const chosen = [...regions].map(async (region) => [region, await chooseZones(aws.in(region), assembly, deployed, region)] as const);
  return new Map(await Promise.all(chosen));
}

/**
 * Zones by index: what deployed stacks have, and for the rest the first free ones. Asks AWS only when some are missing.
 * @param region where that is not the app's own.
 */
export async function chooseZones(
  aws: Aws,
  assembly: Assembly,
  deployed: ReadonlyMap<string, DeployedStack>,
  region?: string,
): Promise<string[]> {
  const zones: (string | undefined)[] = [];
  for (const stack of assembly.stacks) {
    for (const [name, source] of Object.entries(stack.parameters)) {
      if (source.from === "zone" && source.region === region) zones[source.index] ??= deployed.get(stack.name)?.parameters[name];
    }
  }
  const count = zones.length;
  for (let index = 0; index < count; index += 1) zones[index] ??= undefined;
  if (zones.every((zone) => zone !== undefined)) return zones;
  const { AvailabilityZones = [] } = await aws.call("ec2", "DescribeAvailabilityZones", {
    Filters: [
      { Name: "zone-type", Values: ["availability-zone"] },
      { Name: "state", Values: ["available"] },
    ],
  });
  const free = AvailabilityZones.filter(({ ZoneId = "" }) => !unsuitableZoneIds.has(ZoneId))
    .map(({ ZoneName = "" }) => ZoneName)
    .filter((zone) => !zones.includes(zone))
    .sort();
  const chosen = zones.map((zone) => zone ?? free.shift());
  if (chosen.every((zone) => zone !== undefined)) return chosen;
  throw new DeployError(
    "environment",
    `${aws.region} has ${AvailabilityZones.length} usable availability zones; ${assembly.app} asks for ${count}.`,
    {
      remedy: "Lower `zones` of the vpc, or take another region.",
    },
  );
}
