/** Since when a password or token is in use: when the version that is current was made. */
import type { Rotation } from "@plinth/compiler";
import type { Aws } from "../../aws.ts";
import type { Deployment } from "../../deployment.ts";
import { readNotes } from "../../notes.ts";
import { outputOf } from "../../parameters.ts";
import type { DeployedStack } from "../../stacks/stack-state.ts";
import { loginSecrets } from "../../tasks/administration.ts";
import { rotationNote } from "./begun-rotation.ts";
import { loginInUse } from "./scheduled.ts";

/** `undefined` where it is not known, or a rotation has begun and not ended: that is gone on with, however young. */
export async function usedSince(
  { aws, assembly }: Deployment,
  rotation: Rotation,
  master: boolean,
  stacks: ReadonlyMap<string, DeployedStack>,
): Promise<Date | undefined> {
  const { name } = rotation;
  const notes = await readNotes(aws, assembly.app, assembly.stage);
  if (notes.has(rotationNote(master ? `${name}.master` : name))) return undefined;
  if (rotation.kind === "cache") return currentSince(aws, outputOf(stacks, rotation.token, name));
  if (master) return currentSince(aws, outputOf(stacks, rotation.master.secret, name));
  const login = (await loginInUse(aws, rotation, stacks)) ?? "a";
  const runs = assembly.beforeServices.filter((run) => rotation.administrations.includes(run.name));
  const dates = await Promise.all(runs.map((run) => currentSince(aws, loginSecrets(run, stacks)[login])));
  return dates.reduce((a, b) => (a && b ? (a < b ? a : b) : undefined));
}

async function currentSince(aws: Aws, SecretId: string): Promise<Date | undefined> {
  const { Versions = [] } = await aws.call("secretsmanager", "ListSecretVersionIds", { SecretId });
  return Versions.find(({ VersionStages = [] }) => VersionStages.includes("AWSCURRENT"))?.CreatedDate;
}
