/** The way from one place to another: what forwards lies on it, programs end it. */
import type { Edge, Graph } from "./graph.ts";
import { forwards, type Place } from "./place.ts";

export type Way = { reached: true; hops: Edge[] } | { reached: false; blocked: string[] };

/** The shortest way, or everything that blocks the direct one. */
export function wayBetween(graph: Graph, from: Place, to: Place): Way {
  const seen = new Set([from]);
  let front: { at: Place; hops: Edge[] }[] = [{ at: from, hops: [] }];
  while (front.length > 0) {
    const next: typeof front = [];
    for (const { at, hops } of front) {
      for (const edge of graph.from(at)) {
        if (edge.to === to) return { reached: true, hops: [...hops, edge] };
        if (seen.has(edge.to) || !forwards(edge.to)) continue;
        seen.add(edge.to);
        next.push({ at: edge.to, hops: [...hops, edge] });
      }
    }
    front = next;
  }
  return { reached: false, blocked: from === to ? ["it is the same place"] : blocks(graph, from, to) };
}

function blocks(graph: Graph, from: Place, to: Place): string[] {
  const direct = graph.connection(from, to).blocked;
  // Of what forwards to it: why it is not reached.
  const over = graph.places
    .filter((place) => place.forwardsTo?.some(({ id }) => id === to.id) && place !== from)
    .flatMap((place) => (wayBetween(graph, from, place).reached ? graph.connection(place, to).blocked : []));
  return [...new Set([...direct, ...over])];
}

/** All places that one can reach, by whatever forwards. */
export function reachedFrom(graph: Graph, from: Place): Map<Place, Edge[]> {
  const found = new Map<Place, Edge[]>();
  let front: { at: Place; hops: Edge[] }[] = [{ at: from, hops: [] }];
  while (front.length > 0) {
    const next: typeof front = [];
    for (const { at, hops } of front) {
      for (const edge of graph.from(at)) {
        if (found.has(edge.to) || edge.to === from) continue;
        const way = [...hops, edge];
        found.set(edge.to, way);
        if (forwards(edge.to)) next.push({ at: edge.to, hops: way });
      }
    }
    front = next;
  }
  return found;
}
