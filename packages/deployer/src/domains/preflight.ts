/** What domains need before anything is made or waits: a zone that the internet finds, certificates that can be used. */
import type { Stack } from "@plinth/compiler";
import { DeployError } from "../deploy-error.ts";
import type { Deployment } from "../deployment.ts";
import { lookupName, type Lookups } from "../lookups.ts";
import type { DeployedStack } from "../stacks/stack-state.ts";
import { type AskNameServers, delegationFault, delegationOf, delegationRecords, delegationRemedy, nameServerLookup } from "./delegation.ts";
import { certificateFault, givenCertificates } from "./given-certificates.ts";
import type { HostedZone } from "./hosted-zone.ts";

export interface DomainsToCheck {
  /** Those that are deployed now. */
  stacks: readonly Stack[];
  lookups: Lookups;
  deployed: ReadonlyMap<string, DeployedStack>;
  /** Zones that this deploy has just made. */
  made: readonly HostedZone[];
  /** How a command of the CLI is to be completed in a remedy. */
  commandOptions: string;
  /** Default: by this machine's resolver, or the embedded cloud's. */
  ask?: AskNameServers;
}

/** @throws DeployError `environment`, with the records that are to be set. */
export async function checkDomains(
  { aws, emit, time }: Pick<Deployment, "aws" | "emit" | "time">,
  given: DomainsToCheck,
): Promise<{ checked: string[] }> {
  const certificates = givenCertificates(given);
  for (const certificate of certificates) {
    const fault = await certificateFault(aws, certificate, new Date(time.now()));
    if (fault) throw new DeployError("environment", fault.message, { remedy: `${fault.remedy} Nothing was changed.` });
  }
  const zones = zonesOf(given);
  if (zones.length === 0) return { checked: certificates.map(({ arn }) => arn) };
  const ask = given.ask ?? (await nameServerLookup(aws));
  for (const { zone, standing } of zones) {
    const found = await delegationOf(aws, zone, ask);
    if (found.state === "right") continue;
    if (found.state === "unknown") {
      emit({ type: "note", message: `Whether ${zone.name} leads to its zone could not be told: DNS did not answer.` });
      continue;
    }
    // What is deployed already has its certificate: a deploy must not end where the name has moved since.
    if (standing) {
      emit({ type: "note", message: `${delegationFault(found)} ${delegationRemedy(found)}: ${found.own.join(", ")}.` });
      continue;
    }
    const isMade = given.made.some(({ id }) => id === zone.id);
    throw new DeployError("environment", `${delegationFault(found)} Its certificate would wait in vain.`, {
      remedy: `${delegationRemedy(found)}, wait until DNS tells of it, then plinth deploy${given.commandOptions}. ${isMade ? "The zone was made; nothing else was changed." : "Nothing was changed."}`,
      evidence: delegationRecords(found),
    });
  }
  return { checked: [...zones.map(({ zone }) => zone.name), ...certificates.map(({ arn }) => arn)] };
}

/** Each zone once; `standing` where a stack uses it already. */
function zonesOf({ stacks, lookups, deployed }: DomainsToCheck): { zone: HostedZone; standing: boolean }[] {
  const zones = new Map<string, { zone: HostedZone; standing: boolean }>();
  for (const stack of stacks) {
    for (const [parameter, source] of Object.entries(stack.parameters)) {
      if (source.from !== "hosted-zone") continue;
      const id = lookups.get(lookupName(source));
      if (id === undefined) continue;
      const standing = deployed.get(stack.name)?.parameters[parameter] === id;
      zones.set(id, { zone: { name: source.zone, id }, standing: standing && (zones.get(id)?.standing ?? true) });
    }
  }
  return [...zones.values()];
}
