/** Waits until every service runs what it should. */
import { DeployError } from "../deploy-error.ts";
import { pollingDelaysMs, type Deployment } from "../deployment.ts";
import type { DeployedStack } from "../stacks/stack-state.ts";
import { isSteady, serviceStates, type ServiceState } from "./service-state.ts";
import { serviceEvidence } from "./service-evidence.ts";

/** A service that is not steady after this long will hardly become so. */
const patienceMs = 10 * 60_000;

/** @throws DeployError `task-failed` naming the services that are not steady, with why their tasks stopped. */
export async function waitUntilSteady(deployment: Deployment, stacks: ReadonlyMap<string, DeployedStack>): Promise<ServiceState[]> {
  const { aws, assembly, time, signal } = deployment;
  let startedAt = time.now();
  for (const delayMs of pollingDelaysMs(aws)) {
    const states = await serviceStates(aws, assembly.programs, stacks);
    const unsteady = states.filter((state) => !isSteady(state));
    if (unsteady.length === 0) return states;
    // Moving requests takes as long as the app says: it is not what may take too long.
    if (unsteady.some(({ shift }) => shift)) startedAt = time.now();
    const failed = unsteady.find(({ rollout }) => rollout === "FAILED");
    if (failed || time.now() - startedAt > patienceMs) {
      const { program, service, running, desired, rolloutReason, lastEvent } = failed ?? unsteady[0]!;
      throw new DeployError(
        "task-failed",
        `${program.name} runs ${running} of ${desired} tasks: ${rolloutReason ?? lastEvent ?? "not steady"}`,
        {
          remedy: "plinth logs shows what its tasks say.",
          evidence: await serviceEvidence(aws, program, service, stacks, new Date(startedAt - patienceMs)),
        },
      );
    }
    await time.sleep(delayMs, signal);
  }
  throw new Error("unreachable");
}
