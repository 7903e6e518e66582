/** Which of the record sets of one name and type answers: by weight, by failover, several at once. Source: Developer Guide, "Choosing a routing policy". */
import type { RecordSet } from "./record-sets.ts";

export interface Chance {
  /** From 0 to below 1. */
  next(): number;
}

const mostValues = 8;

/** The sets that answer, in order. `healthy` tells of one whether its health check or its alias target is. */
export function chosenSets(sets: readonly RecordSet[], healthy: (set: RecordSet) => boolean, chance: Chance): RecordSet[] {
  const [first] = sets;
  if (!first || first.SetIdentifier === undefined) return first ? [first] : [];
  if (first.Failover !== undefined) return failover(sets, healthy);
  const well = sets.filter(healthy);
  // Where nothing is healthy all count as healthy: an answer is better than none.
  const able = well.length > 0 ? well : sets;
  if (first.MultiValueAnswer) return shuffled(able, chance).slice(0, mostValues);
  if (first.Weight !== undefined) return byWeight(able, chance);
  // By latency and by place: there is one place here. The default of a location goes before the others.
  return [able.find(({ GeoLocation }) => GeoLocation?.CountryCode === "*") ?? able[0]!];
}

function failover(sets: readonly RecordSet[], healthy: (set: RecordSet) => boolean): RecordSet[] {
  const primary = sets.find(({ Failover }) => Failover === "PRIMARY");
  const secondary = sets.find(({ Failover }) => Failover === "SECONDARY");
  if (!primary || (!healthy(primary) && secondary && healthy(secondary))) return secondary ? [secondary] : [];
  return [primary];
}

/** Where all that are able have the weight 0, each is as likely as the others. */
function byWeight(able: readonly RecordSet[], chance: Chance): RecordSet[] {
  const total = able.reduce((sum, { Weight = 0 }) => sum + Weight, 0);
  if (total === 0) return [able[Math.floor(chance.next() * able.length)]!];
  let point = chance.next() * total;
  for (const set of able) {
    point -= set.Weight ?? 0;
    if (point < 0) return [set];
  }
  return [able.at(-1)!];
}

function shuffled(sets: readonly RecordSet[], chance: Chance): RecordSet[] {
  const left = [...sets];
  const order: RecordSet[] = [];
  while (left.length > 0) order.push(...left.splice(Math.floor(chance.next() * left.length), 1));
  return order;
}
