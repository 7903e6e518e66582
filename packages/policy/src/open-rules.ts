/** Rules of security groups that let everybody in. */
import type { Facts } from "./facts.ts";
import { securityGroups, type GroupRule } from "./reach/groups.ts";

export function openRules(facts: Facts): GroupRule[] {
  return [...securityGroups(facts).all()].flatMap(({ ingress }) =>
    ingress.filter(({ peer }) => peer.kind === "range" && peer.cidr.endsWith("/0")),
  );
}
