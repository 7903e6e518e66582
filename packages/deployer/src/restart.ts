/** Replaces all tasks of a service by new ones of the same version, without a gap. */
import { DeployError } from "./deploy-error.ts";
import { step, type Deployment } from "./deployment.ts";
import { refuseStopped } from "./pause/stopped-stage.ts";
import { describeStage } from "./stacks/stack-state.ts";
import { findService } from "./tasks/find-service.ts";
import { serviceEvidence } from "./tasks/service-evidence.ts";
import { settle } from "./tasks/settle.ts";
import { underLease } from "./under-lease.ts";

export interface RestartResult {
  service: string;
  running: number;
}

/** @throws DeployError `task-failed` when the new tasks do not come up; the old ones then go on. */
export const restart = (deployment: Deployment, name: string): Promise<RestartResult> =>
  underLease(deployment, "restart", (held) => replaceTasks(held, name));

async function replaceTasks(deployment: Deployment, name: string): Promise<RestartResult> {
  const { aws, assembly, time } = deployment;
  const stacks = await describeStage(aws, assembly);
  const state = await findService(aws, assembly, stacks, name);
  await refuseStopped(aws, assembly);
  if (state.desired === 0) {
    throw new DeployError("not-found", `${name} runs no task that could be restarted.`, { remedy: `plinth scale ${name} 1 starts one.` });
  }
  const at = { cluster: state.cluster, service: state.service };
  const since = new Date(time.now());
  const id = await step(deployment, "restart", name, async () => {
    const { service } = await aws.call("ecs", "UpdateService", { ...at, forceNewDeployment: true });
    return { value: service?.deployments?.find(({ status }) => status === "PRIMARY")?.id };
  });
  const [settled] = await step(deployment, "health", name, async () => {
    const value = await settle(deployment, stacks, [name]);
    const { services = [] } = await aws.call("ecs", "DescribeServices", { cluster: at.cluster, services: [at.service] });
    const newest = services[0]?.deployments?.find(({ status }) => status === "PRIMARY")?.id;
    if (newest !== id) {
      throw new DeployError("task-failed", `The new tasks of ${name} did not come up; the ones from before serve on.`, {
        remedy: "plinth doctor looks for the cause.",
        evidence: await serviceEvidence(aws, state.program, state.service, stacks, since),
      });
    }
    return { value, detail: `${value[0]?.running ?? 0} new` };
  });
  return { service: name, running: settled?.running ?? 0 };
}
