/** Ids that the account knows by a name, which no template can ask for: zones of Route 53, lists of addresses that AWS keeps. */
import type { Assembly, ParameterSource } from "@plinth/compiler";
import type { Aws } from "./aws.ts";
import { DeployError } from "./deploy-error.ts";
import type { DeployedStack } from "./stacks/stack-state.ts";

type LookedUp = Extract<ParameterSource, { from: "hosted-zone" | "prefix-list" }>;

/** Ids by `lookupName`. */
export type Lookups = ReadonlyMap<string, string>;

export const lookupName = (source: LookedUp) => `${source.from} ${source.from === "hosted-zone" ? source.zone : source.name}`;

export const isLookedUp = (source: ParameterSource): source is LookedUp => source.from === "hosted-zone" || source.from === "prefix-list";

/**
 * Zones, since the app may name another by now; of lists those that deployed stacks do not have yet.
 * @throws DeployError `environment`, which names what is not there.
 */
export async function lookUp(aws: Aws, assembly: Assembly, deployed: ReadonlyMap<string, DeployedStack>): Promise<Lookups> {
  const needed = new Map<string, LookedUp>();
  for (const stack of assembly.stacks) {
    for (const [name, source] of Object.entries(stack.parameters)) {
      if (!isLookedUp(source)) continue;
      const known = source.from === "prefix-list" && deployed.get(stack.name)?.parameters[name] !== undefined;
      if (!known) needed.set(lookupName(source), source);
    }
  }
  return new Map(
    await Promise.all(
      [...needed].map(async ([name, source]) => {
        const id = source.from === "hosted-zone" ? await hostedZone(aws, source.zone) : await prefixList(aws, source.name);
        return [name, id] as const;
      }),
    ),
  );
}

async function hostedZone(aws: Aws, zone: string): Promise<string> {
  const { HostedZones = [] } = await aws.call("route53", "ListHostedZonesByName", { DNSName: `${zone}.`, MaxItems: 100 });
  const found = HostedZones.filter(({ Name, Config }) => Name === `${zone}.` && Config?.PrivateZone !== true);
  if (found.length === 1) return found[0]!.Id!.replace(/^\/hostedzone\//, "");
  throw new DeployError(
    "environment",
    found.length === 0
      ? `Route 53 has no public zone ${zone} in this account.`
      : `Route 53 has ${found.length} public zones ${zone} in this account: which is meant cannot be told.`,
    {
      remedy:
        found.length === 0 ? `Make the zone and delegate to it, or correct public.zone.` : "Delete those that the domain does not use.",
    },
  );
}

async function prefixList(aws: Aws, name: string): Promise<string> {
  const { PrefixLists = [] } = await aws.call("ec2", "DescribeManagedPrefixLists", {
    Filters: [{ Name: "prefix-list-name", Values: [name] }],
  });
  const id = PrefixLists[0]?.PrefixListId;
  if (id !== undefined) return id;
  throw new DeployError("environment", `${aws.region} has no prefix list ${name}.`, { remedy: "Take a region in which AWS keeps it." });
}
