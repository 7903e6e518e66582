/** What is found out about services on App Runner, in the form of those on ECS, so that the same diagnoses look at them. */
import type { Aws } from "../aws.ts";
import { appRunnerLines, type AppRunnerState, isTakenBack } from "../tasks/app-runner.ts";
import type { ServiceFacts, StoppedTask } from "./diagnosis.ts";

/** As App Runner says that an image did not come, that a program ended, and that a health check failed. */
const ended = /Failed to pull|stopped or failed to start|Health check failed|secrets? /iu;

export async function appRunnerFacts(aws: Aws, state: AppRunnerState, since: Date): Promise<ServiceFacts> {
  const lines = await appRunnerLines(aws, state);
  const { deployment, status } = state;
  const failed = isTakenBack(state) && deployment !== undefined && deployment.startedAt >= since;
  const said = failed ? lines.deployment.filter((line) => ended.test(line) && !line.startsWith("Deployment with ID")) : [];
  const rolloutReason = said[0] ?? (failed ? lines.deployment.at(-1) : undefined);
  return {
    name: state.name,
    state: {
      desired: status === "PAUSED" ? 0 : 1,
      running: status === "RUNNING" ? 1 : 0,
      rollout: failed ? "FAILED" : "COMPLETED",
      ...(rolloutReason !== undefined && { rolloutReason }),
    },
    events: failed ? lines.deployment.toReversed() : [],
    stopped: said.map((reason): StoppedTask => {
      const code = /exit code: (\d+)/u.exec(reason)?.[1];
      return { id: "", at: deployment!.startedAt, reason, ...(code !== undefined && { exitCode: Number(code) }) };
    }),
    health: [],
    targetGroups: [],
    lastLines: lines.program,
  };
}
