/** Names that services give to what listens here and that lie in no zone of an account, as distributions' `….cloudfront.net`: who listens puts them here, the DNS server answers. */
import type { Cloud } from "../../cloud.ts";

const key = Symbol("edge names");
const shelf = (cloud: Cloud): Map<string, string> => cloud.memory(key, () => new Map());

/** @param name without the dot at the end. */
export function placeEdgeName(cloud: Cloud, name: string, address: string | undefined): void {
  if (address === undefined) shelf(cloud).delete(name);
  else shelf(cloud).set(name, address);
}

/** The loopback address of a name, with or without the dot at its end. */
export const edgeAddress = (cloud: Cloud, name: string): string | undefined => shelf(cloud).get(name.replace(/\.$/, "").toLowerCase());
