/** Domains whose registrar, or the zone above, does not lead to their zone in Route 53. */
import { lookupName, isLookedUp } from "../../lookups.ts";
import { delegationFault, delegationOf, delegationRecords, delegationRemedy, nameServerLookup } from "../../domains/delegation.ts";
import { findZone } from "../../domains/hosted-zone.ts";
import type { Diagnosis, Finding } from "../diagnosis.ts";

export const domainNotFound: Diagnosis = {
  title: "domains lead to their zones",
  async look({ aws, assembly, options }) {
    const sources = new Map(
      assembly.stacks
        .flatMap(({ parameters }) => Object.values(parameters))
        .flatMap((source) => (isLookedUp(source) && source.from === "hosted-zone" ? [[lookupName(source), source] as const] : [])),
    );
    if (sources.size === 0) return [];
    const ask = await nameServerLookup(aws);
    const found: Finding[] = [];
    for (const { zone: name, create } of sources.values()) {
      const zone = await findZone(aws, name);
      if (!zone) {
        if (!create)
          found.push({
            severity: "error",
            subject: name,
            symptom: "has no zone",
            cause: "Route 53 has no public zone of that name in this account: a deploy ends there.",
            remedy: `Write createZone: true beside zone, or correct the zone; then plinth deploy${options}`,
            evidence: [],
          });
        continue;
      }
      const delegation = await delegationOf(aws, zone, ask);
      if (delegation.state === "right" || delegation.state === "unknown") continue;
      found.push({
        severity: "error",
        subject: name,
        symptom: "does not lead to its zone",
        cause: `${delegationFault(delegation)} Nobody finds what lies in it, and certificates are not issued or renewed.`,
        remedy: delegationRemedy(delegation),
        evidence: delegationRecords(delegation),
      });
    }
    return found;
  },
};
