/** The rotation of the administrator's password: no program has it, so none rolls. */
import type { Rotation } from "@plinth/compiler";
import type { Aws } from "../../aws.ts";
import { DeployError } from "../../deploy-error.ts";
import { pollingDelaysMs, step, type Deployment } from "../../deployment.ts";
import { outputOf } from "../../parameters.ts";
import type { DeployedStack } from "../../stacks/stack-state.ts";
import { beginRotation } from "./begun-rotation.ts";
import { logIn } from "./login-task.ts";
import { makeCurrent, makePending, newPassword, secretMembers } from "./pending-version.ts";

const patienceMs = 15 * 60_000;

export async function rotateMaster(
  deployment: Deployment,
  { name, administrations, master }: Extract<Rotation, { kind: "database" }>,
  stacks: ReadonlyMap<string, DeployedStack>,
): Promise<{ resumed: boolean }> {
  const { aws, assembly } = deployment;
  const run = assembly.beforeServices.find((one) => one.name === administrations[0]);
  if (!run) throw new DeployError("not-found", `The database ${name} has no task that could log in to it.`);
  const begun = await beginRotation(deployment, `${name}.master`, async () => ({}));
  const { token } = begun.rotation;
  const secretId = outputOf(stacks, master.secret, name);
  const server = outputOf(stacks, master.server, name);

  await step(deployment, "rotation", `${name}: new password`, async () => {
    const made = await makePending(aws, secretId, token, async () => ({ password: await newPassword(aws) }));
    return { value: undefined, detail: made ? "of the administrator" : "made before", skipped: !made };
  });
  await step(deployment, "rotation", `${name}: login`, async () => {
    const { password = "" } = await secretMembers(aws, secretId, token);
    const change = { MasterUserPassword: password, ApplyImmediately: true };
    if (master.serverKind === "cluster") await aws.call("rds", "ModifyDBCluster", { DBClusterIdentifier: server, ...change });
    else await aws.call("rds", "ModifyDBInstance", { DBInstanceIdentifier: server, ...change });
    await waitForPassword(deployment, master.serverKind, server);
    await logIn(deployment, run, stacks, { secretId, version: token });
    await makeCurrent(aws, secretId, token);
    return { value: undefined, detail: "changed in the database, and logged in with" };
  });
  await begun.end();
  return { resumed: begun.resumed };
}

/** RDS takes a new password while the server goes on; until then it is pending. */
async function waitForPassword({ aws, time, signal }: Deployment, kind: "instance" | "cluster", server: string): Promise<void> {
  const startedAt = time.now();
  for (const delayMs of pollingDelaysMs(aws)) {
    const { status, pending } = await passwordState(aws, kind, server);
    if (status === "available" && !pending) return;
    if (time.now() - startedAt > patienceMs) {
      throw new DeployError("task-failed", `${server} is ${status}, and has not taken the new password.`, { remedy: "Rotate again." });
    }
    await time.sleep(delayMs, signal);
  }
}

async function passwordState(aws: Aws, kind: "instance" | "cluster", server: string): Promise<{ status: string; pending: boolean }> {
  if (kind === "cluster") {
    const [cluster] = (await aws.call("rds", "DescribeDBClusters", { DBClusterIdentifier: server })).DBClusters ?? [];
    return { status: cluster?.Status ?? "gone", pending: cluster?.PendingModifiedValues?.MasterUserPassword !== undefined };
  }
  const [instance] = (await aws.call("rds", "DescribeDBInstances", { DBInstanceIdentifier: server })).DBInstances ?? [];
  return { status: instance?.DBInstanceStatus ?? "gone", pending: instance?.PendingModifiedValues?.MasterUserPassword !== undefined };
}
