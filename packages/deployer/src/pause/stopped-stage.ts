/** What a stopped stage remembers, in its notes: what ran before, so that a start brings back just that. */
import type { Assembly } from "@plinth/compiler";
import type { Aws } from "../aws.ts";
import { DeployError } from "../deploy-error.ts";
import { deleteNote, readNotes, writeNote } from "../notes.ts";
import type { Scaler } from "../tasks/scaler.ts";

export interface StoppedStage {
  /** ISO 8601. */
  since: string;
  /** By the program's name: how many copies ran, and how far its scaling was suspended already. */
  services: Record<string, { desired: number; suspended?: Scaler["suspended"] }>;
  /** The names of the alarms whose actions were on. */
  alarms: string[];
  /** Identifiers of what was stopped. */
  instances: string[];
  clusters: string[];
}

/** Each member is a note of its own: a parameter holds 4 KB. */
const members = ["since", "services", "alarms", "instances", "clusters"] as const;

export async function readStopped(aws: Aws, { app, stage }: Assembly): Promise<StoppedStage | undefined> {
  const notes = await readNotes(aws, app, stage);
  const read = Object.fromEntries(members.map((member) => [member, notes.get(`stopped/${member}`)]));
  if (read["since"] === undefined) return undefined;
  const parsed = (member: string, otherwise: unknown) => (read[member] === undefined ? otherwise : JSON.parse(read[member]));
  return {
    since: parsed("since", ""),
    services: parsed("services", {}),
    alarms: parsed("alarms", []),
    instances: parsed("instances", []),
    clusters: parsed("clusters", []),
  } as StoppedStage;
}

/** `since` comes last: without it nothing counts as remembered. */
export async function writeStopped(aws: Aws, { app, stage }: Assembly, stopped: StoppedStage): Promise<void> {
  for (const member of members.toReversed()) await writeNote(aws, app, stage, `stopped/${member}`, JSON.stringify(stopped[member]));
}

export async function forgetStopped(aws: Aws, { app, stage }: Assembly): Promise<void> {
  for (const member of members) await deleteNote(aws, app, stage, `stopped/${member}`);
}

/** @throws DeployError `stopped`: what acts on a stage needs it to run. */
export async function refuseStopped(aws: Aws, assembly: Assembly): Promise<void> {
  const stopped = await readStopped(aws, assembly);
  if (!stopped) return;
  throw new DeployError("stopped", `${assembly.app} ${assembly.stage} is stopped since ${stopped.since}.`, {
    remedy: "plinth start brings it back as it was.",
  });
}
