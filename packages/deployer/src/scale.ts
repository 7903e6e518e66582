/** Sets how many copies of a service run, within the bounds that its scaling has. */
import { DeployError } from "./deploy-error.ts";
import { step, type Deployment } from "./deployment.ts";
import { refuseStopped } from "./pause/stopped-stage.ts";
import { describeStage } from "./stacks/stack-state.ts";
import { findService } from "./tasks/find-service.ts";
import { type Scaler, scalersOf } from "./tasks/scaler.ts";
import { settle } from "./tasks/settle.ts";
import { underLease } from "./under-lease.ts";

export interface ScaleResult {
  service: string;
  before: number;
  desired: number;
  running: number;
  /** Between these it is moved on by its load; absent where the number is fixed. */
  bounds?: { min: number; max: number };
}

/** AWS's limit for one service. */
const most = 5000;

/** @throws DeployError `out-of-bounds` before anything is touched, `task-failed` when the new tasks do not come up. */
export async function scale(deployment: Deployment, name: string, count: number): Promise<ScaleResult> {
  if (!Number.isInteger(count) || count < 0 || count > most) {
    throw new DeployError("out-of-bounds", `${count} is no number of copies: it is a whole number from 0 to ${most}.`);
  }
  return underLease(deployment, "scale", (held) => scaleTo(held, name, count));
}

async function scaleTo(deployment: Deployment, name: string, count: number): Promise<ScaleResult> {
  const { aws, assembly } = deployment;
  const stacks = await describeStage(aws, assembly);
  const state = await findService(aws, assembly, stacks, name);
  await refuseStopped(aws, assembly);
  const scaler = (await scalersOf(aws, [state])).get(name);
  if (scaler) refuseOutside(name, count, scaler);
  await step(deployment, "scale", name, async () => {
    await aws.call("ecs", "UpdateService", { cluster: state.cluster, service: state.service, desiredCount: count });
    return { value: undefined, detail: `${state.desired} → ${count}`, skipped: state.desired === count };
  });
  const [settled] = await step(deployment, "health", name, async () => {
    const value = await settle(deployment, stacks, [name]);
    return { value, detail: `${value[0]?.running ?? 0} running` };
  });
  return {
    service: name,
    before: state.desired,
    desired: count,
    running: settled?.running ?? 0,
    ...(scaler && { bounds: { min: scaler.min, max: scaler.max } }),
  };
}

/** Outside of its bounds the scaler would take the number back at its next move. */
function refuseOutside(name: string, count: number, { min, max }: Scaler): void {
  if (count >= min && count <= max) return;
  const bound = count < min ? "min" : "max";
  throw new DeployError("out-of-bounds", `${name} is scaled by its load between ${min} and ${max}: ${count} lies outside.`, {
    remedy: `Set scale.${bound} of ${name} in plinth.config.ts to ${count} and deploy, or choose a number from ${min} to ${max}.`,
  });
}
