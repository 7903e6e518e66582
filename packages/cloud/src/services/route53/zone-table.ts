/** Which zone answers for a name: the one whose name is the longest part of it. Kept in memory, for questions come often and zones seldom. */
import type { Cloud } from "../../cloud.ts";
import { tellPublicNamesChange } from "../../runtime/dns/public-names.ts";
import { everywhere, type ZoneRecord, zones } from "./zones.ts";

const key = Symbol("route53 zones");
const kept = (cloud: Cloud) => cloud.memory<{ table: Map<string, ZoneRecord> | undefined }>(key, () => ({ table: undefined }));

/**
 * Public zones before private ones of the same name; of several alike the one that was made first. `publicOnly` leaves the private
 * ones out, as the internet does.
 */
export function zoneOf(cloud: Cloud, name: string, { publicOnly = false } = {}): ZoneRecord | undefined {
  const table = (kept(cloud).table ??= tableOf(cloud));
  for (let at = name; at !== ""; at = at.slice(at.indexOf(".") + 1)) {
    const found = table.get(`public ${at}`) ?? (publicOnly ? undefined : table.get(`private ${at}`));
    if (found) return found;
  }
  return undefined;
}

function tableOf(cloud: Cloud): Map<string, ZoneRecord> {
  const table = new Map<string, ZoneRecord>();
  const all = zones(cloud)
    .list(everywhere)
    .toSorted((a, b) => a.createdMs - b.createdMs);
  for (const zone of all) {
    const id = `${zone.private ? "private" : "public"} ${zone.name}`;
    if (!table.has(id)) table.set(id, zone);
  }
  return table;
}

/** To be called after each change of a zone or of what is in it. */
export function zonesChanged(cloud: Cloud): void {
  kept(cloud).table = undefined;
  tellPublicNamesChange(cloud);
}
