/** Ids that the account knows by a name, which no template can ask for: zones of Route 53, lists of addresses that AWS keeps. */
import type { Assembly, ParameterSource } from "@plinth/compiler";
import type { Aws } from "./aws.ts";
import { DeployError } from "./deploy-error.ts";
import { findZone } from "./domains/hosted-zone.ts";
import type { DeployedStack } from "./stacks/stack-state.ts";

type LookedUp = Extract<ParameterSource, { from: "hosted-zone" | "prefix-list" }>;

/** Ids by `lookupName`. */
export type Lookups = ReadonlyMap<string, string>;

export const lookupName = (source: LookedUp) => `${source.from} ${source.from === "hosted-zone" ? source.zone : source.name}`;

export const isLookedUp = (source: ParameterSource): source is LookedUp => source.from === "hosted-zone" || source.from === "prefix-list";

/**
 * Zones, since the app may name another by now; of lists those that deployed stacks do not have yet.
 * @param makeZone for zones that the app wants made where there is none; without it they are left out, for they are only planned.
 * @throws DeployError `environment`, which names what is not there.
 */
export async function lookUp(
  aws: Aws,
  assembly: Assembly,
  deployed: ReadonlyMap<string, DeployedStack>,
  makeZone?: (name: string) => Promise<string>,
): Promise<Lookups> {
  const needed = new Map<string, LookedUp>();
  for (const stack of assembly.stacks) {
    for (const [name, source] of Object.entries(stack.parameters)) {
      if (!isLookedUp(source)) continue;
      const known = source.from === "prefix-list" && deployed.get(stack.name)?.parameters[name] !== undefined;
      const create = source.from === "hosted-zone" && source.create === true;
      if (!known && (create || !needed.has(lookupName(source)))) needed.set(lookupName(source), source);
    }
  }
  const found = await Promise.all(
    [...needed].map(async ([name, source]) => {
      const id = source.from === "hosted-zone" ? await hostedZone(aws, source, makeZone) : await prefixList(aws, source.name);
      return id === undefined ? [] : [[name, id] as const];
    }),
  );
  return new Map(found.flat());
}

async function hostedZone(
  aws: Aws,
  { zone, create }: Extract<LookedUp, { from: "hosted-zone" }>,
  makeZone?: (name: string) => Promise<string>,
): Promise<string | undefined> {
  const found = await findZone(aws, zone);
  if (found) return found.id;
  if (create) return makeZone?.(zone);
  throw new DeployError("environment", `Route 53 has no public zone ${zone} in this account.`, {
    remedy: "Write createZone: true beside zone, then the deploy makes it; or correct the zone. Nothing was changed.",
  });
}

async function prefixList(aws: Aws, name: string): Promise<string> {
  const { PrefixLists = [] } = await aws.call("ec2", "DescribeManagedPrefixLists", {
    Filters: [{ Name: "prefix-list-name", Values: [name] }],
  });
  const id = PrefixLists[0]?.PrefixListId;
  if (id !== undefined) return id;
  throw new DeployError("environment", `${aws.region} has no prefix list ${name}.`, { remedy: "Take a region in which AWS keeps it." });
}
