/**
 * The rotation of a cache's token while programs go on: the cache takes the new one beside the old one (ROTATE), the secrets get it,
 * the programs roll, and then the old one ends (SET). Source: aws-recipes §4.
 */
import type { Program, Rotation } from "@plinth/compiler";
import type { Aws } from "../../aws.ts";
import { DeployError } from "../../deploy-error.ts";
import { pollingDelaysMs, step, type Deployment } from "../../deployment.ts";
import { outputOf } from "../../parameters.ts";
import type { DeployedStack } from "../../stacks/stack-state.ts";
import { rollUsers } from "../roll.ts";
import { beginRotation, type BegunRotation } from "./begun-rotation.ts";
import { makeCurrent, makePending, newPassword, secretMembers } from "./pending-version.ts";

interface BegunTokenRotation extends BegunRotation {
  /** When the cache's token had been changed last, as the cache said before: another time says that it has taken the new one. */
  changedAt: string;
}

const patienceMs = 15 * 60_000;

export async function rotateToken(
  deployment: Deployment,
  rotation: Extract<Rotation, { kind: "cache" }>,
  users: readonly Program[],
  stacks: Map<string, DeployedStack>,
): Promise<{ programs: string[]; resumed: boolean }> {
  const { aws } = deployment;
  const { name } = rotation;
  const [tokenId, connectionId, group] = [rotation.token, rotation.connections[0]!, rotation.replicationGroup].map((output) =>
    outputOf(stacks, output, name),
  ) as [string, string, string];
  await rollUsers(deployment, stacks, users);

  const begun = await beginRotation<BegunTokenRotation>(deployment, name, async () => ({ changedAt: await changedAt(aws, group) }));
  const { token } = begun.rotation;
  await step(deployment, "rotation", `${name}: new token`, async () => {
    const made = await makePending(aws, tokenId, token, async () => ({ token: await newPassword(aws) }));
    return { value: undefined, detail: made ? "made" : "made before", skipped: !made };
  });
  const { token: AuthToken = "" } = await secretMembers(aws, tokenId, token);

  await step(deployment, "rotation", `${name}: both tokens`, async () => {
    // A second ROTATE would end the token that programs have.
    const known = (await changedAt(aws, group)) !== begun.rotation.changedAt;
    if (!known) await changeToken(deployment, group, AuthToken, "ROTATE");
    await waitUntilAvailable(deployment, group);
    return { value: undefined, detail: known ? "taken before" : "the cache takes the new one and the one before", skipped: known };
  });
  await step(deployment, "rotation", `${name}: secrets`, async () => {
    await makeCurrent(aws, tokenId, token);
    const made = await makePending(aws, connectionId, token, async () => {
      const { host = "", port = "" } = await secretMembers(aws, connectionId);
      return { token: AuthToken, url: `rediss://:${AuthToken}@${host}:${port}/0` };
    });
    const changed = await makeCurrent(aws, connectionId, token);
    return { value: undefined, detail: made || changed ? "have the new token" : "changed before", skipped: !made && !changed };
  });
  const programs = await rollUsers(deployment, stacks, users);
  await step(deployment, "rotation", `${name}: one token`, async () => {
    await changeToken(deployment, group, AuthToken, "SET");
    await waitUntilAvailable(deployment, group);
    return { value: undefined, detail: "the one before has ended" };
  });
  await begun.end();
  return { programs, resumed: begun.resumed };
}

async function changeToken({ aws }: Deployment, ReplicationGroupId: string, AuthToken: string, strategy: "ROTATE" | "SET"): Promise<void> {
  await aws.call("elasticache", "ModifyReplicationGroup", {
    ReplicationGroupId,
    AuthToken,
    AuthTokenUpdateStrategy: strategy,
    ApplyImmediately: true,
  });
}

async function describeGroup(aws: Aws, ReplicationGroupId: string) {
  return (await aws.call("elasticache", "DescribeReplicationGroups", { ReplicationGroupId })).ReplicationGroups?.[0];
}

async function changedAt(aws: Aws, group: string): Promise<string> {
  return (await describeGroup(aws, group))?.AuthTokenLastModifiedDate?.toISOString() ?? "never";
}

async function waitUntilAvailable({ aws, time, signal }: Deployment, group: string): Promise<void> {
  const startedAt = time.now();
  for (const delayMs of pollingDelaysMs(aws)) {
    const status = (await describeGroup(aws, group))?.Status ?? "gone";
    if (status === "available") return;
    if (time.now() - startedAt > patienceMs) {
      throw new DeployError("task-failed", `${group} is ${status}: it has not taken the new token.`, { remedy: "Rotate again." });
    }
    await time.sleep(delayMs, signal);
  }
}
