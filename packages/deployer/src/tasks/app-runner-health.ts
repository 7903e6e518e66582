/** Whether this deploy's versions came up on App Runner, which takes back one that does not without CloudFormation's knowing (docs/decisions/0050). */
import { DeployError } from "../deploy-error.ts";
import type { Deployment } from "../deployment.ts";
import type { DeployedStack } from "../stacks/stack-state.ts";
import { appRunnerLines, appRunnerNames, appRunnerStates, isTakenBack } from "./app-runner.ts";

/**
 * The names of those that run.
 * @param since when this deploy began: what failed before is not its fault.
 * @throws DeployError `task-failed` naming the one that was taken back, with why.
 */
export async function requireAppRunners(
  { aws, assembly }: Deployment,
  stacks: ReadonlyMap<string, DeployedStack>,
  since: Date,
): Promise<string[]> {
  if (appRunnerNames(assembly).length === 0) return [];
  const states = await appRunnerStates(aws, assembly, stacks);
  // Both clocks may differ by a little.
  const failed = states.find((state) => isTakenBack(state) && state.deployment!.startedAt.getTime() > since.getTime() - skewMs);
  if (!failed) return states.filter(({ status }) => status === "RUNNING").map(({ name }) => name);
  const { deployment, program } = await appRunnerLines(aws, failed);
  const why = deployment.find((line) => line.startsWith("Deployment with ID"))?.replace(/^.*Failure reason : /u, "");
  throw new DeployError(
    "task-failed",
    `${failed.name} did not come up, and goes on with the version before: ${why ?? "its deployment failed"}`,
    {
      remedy: `plinth logs ${failed.name} shows what it says.`,
      evidence: program.slice(-8).map((line) => `${failed.name} | ${line}`),
    },
  );
}

const skewMs = 5_000;
