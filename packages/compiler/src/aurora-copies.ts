/** The copies that a cluster has in other regions: what they are called, and which addresses they have. */
import type { Region } from "@plinth/language";
import type { Compilation } from "./compilation.ts";
import type { Named } from "./inventory.ts";
import { logicalId } from "./names.ts";

export interface AuroraCopy {
  readonly region: Region;
  /** What its logical ids begin with: `DatabaseEuWest1`. */
  readonly id: string;
  /** A range of its network, which overlaps with none of the app's or of other copies, so that they can be joined. */
  range(third: number, bits: number): string;
  /** The range of its database subnets. */
  readonly databaseRange: string;
}

/** The third numbers of the two subnets, side by side. */
export const copySubnets = [20, 21] as const;

export function copiesOf({ inventory }: Pick<Compilation, "inventory">, named: Named<"aurora">): AuroraCopy[] {
  const own = /^10\.(\d+)\./.exec(inventory.of("vpc")[0]?.declared.options.cidr ?? "10.0.0.0/16");
  const databases = inventory.of("aurora");
  const before = databases.slice(0, databases.indexOf(named)).flatMap(({ declared }) => declared.options.globalRegions ?? []).length;
  return (named.declared.options.globalRegions ?? []).map((region, i) => {
    const second = ((own ? Number(own[1]) : 0) + before + i + 1) % 256;
    const range = (third: number, bits: number): string => `10.${second}.${third}.0/${bits}`;
    return { region, id: `${named.id}${logicalId(region)}`, range, databaseRange: range(copySubnets[0], 23) };
  });
}
