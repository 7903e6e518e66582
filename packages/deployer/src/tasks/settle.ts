/** Waits until services run exactly as many tasks as they should and their load balancers send them requests, and tells how far they are. */
import type { Aws } from "../aws.ts";
import { DeployError } from "../deploy-error.ts";
import { pollingDelaysMs, type Deployment } from "../deployment.ts";
import type { DeployedStack } from "../stacks/stack-state.ts";
import { serviceEvidence } from "./service-evidence.ts";
import { shiftText } from "./shift.ts";
import { isSteady, serviceStates, type ServiceState } from "./service-state.ts";

/** Draining a connection may take five minutes, a stop two more; a task that has not come by then will hardly do so. */
const patienceMs = 15 * 60_000;

/** @throws DeployError `task-failed`, with why tasks stopped. */
export async function settle(
  deployment: Deployment,
  stacks: ReadonlyMap<string, DeployedStack>,
  names: readonly string[],
): Promise<ServiceState[]> {
  const { aws, assembly, emit, time, signal } = deployment;
  const programs = assembly.programs.filter(({ name }) => names.includes(name));
  const startedAt = time.now();
  let movingSince = startedAt;
  const told = new Map<string, string>();
  for (const delayMs of pollingDelaysMs(aws)) {
    const states = await serviceStates(aws, programs, stacks);
    for (const { program, running, desired, pending, shift } of states) {
      const now = `${program.name}: ${running} of ${desired} running${pending > 0 ? `, ${pending} pending` : ""}${shift ? `, ${shiftText(shift)}` : ""}`;
      if (told.get(program.name) !== now) emit({ type: "note", message: `  ${now}` });
      told.set(program.name, now);
    }
    const moving: ServiceState[] = [];
    for (const state of states) {
      const settled = isSteady(state) && state.running === state.desired && (await takesRequests(aws, state));
      if (!settled) moving.push(state);
    }
    if (moving.length === 0) return states;
    // Moving requests takes as long as the app says: it is not what may take too long.
    if (moving.some(({ shift }) => shift)) movingSince = time.now();
    const failed = moving.find(({ rollout }) => rollout === "FAILED");
    if (failed || time.now() - movingSince > patienceMs) {
      const { program, service, running, desired, rolloutReason, lastEvent } = failed ?? moving[0]!;
      throw new DeployError(
        "task-failed",
        `${program.name} runs ${running} of ${desired} tasks: ${rolloutReason ?? lastEvent ?? "not steady"}`,
        {
          remedy: "plinth doctor looks for the cause; plinth logs shows what its tasks say.",
          evidence: await serviceEvidence(aws, program, service, stacks, new Date(startedAt)),
        },
      );
    }
    await time.sleep(delayMs, signal);
  }
  throw new Error("unreachable");
}

/** Whether as many targets are healthy as there are tasks, in each of its target groups, or their alternates; also where it has none. */
async function takesRequests(aws: Aws, { targetGroups, desired }: ServiceState): Promise<boolean> {
  for (const alternates of targetGroups) {
    let ready = 0;
    for (const TargetGroupArn of alternates) {
      const { TargetHealthDescriptions = [] } = await aws.call("elbv2", "DescribeTargetHealth", { TargetGroupArn });
      // `unused`: no listener forwards to the group, so nobody ever checks it.
      ready += TargetHealthDescriptions.filter(({ TargetHealth }) => ["healthy", "unused"].includes(TargetHealth?.State ?? "")).length;
    }
    if (ready < desired) return false;
  }
  return true;
}
