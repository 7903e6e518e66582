/** One layer brought to its template: outwards, with what is deployed beside what is new, or back, without what is no longer wanted. */
import type { Stack } from "@plinth/compiler";
import { DeployError } from "../deploy-error.ts";
import { step } from "../deployment.ts";
import { keptParameters, leavesSomething } from "../outward-template.ts";
import { followWriters } from "../follow-writers.ts";
import { lookUpGlobalEndpoints } from "../global-endpoints.ts";
import { originOf } from "../origin.ts";
import { parameterValues } from "../parameters.ts";
import { keepWeights } from "../rule-weights.ts";
import { connectionVersions } from "../secrets/connections.ts";
import { keepServerLogs } from "../server-logs.ts";
import { stackUpdate } from "../stack-update.ts";
import { deployStack, failedResource } from "../stacks/deploy-stack.ts";
import { deployedTemplate } from "../stacks/stack-state.ts";
import { enteringRollouts, leaveRollouts } from "../strategy-change.ts";
import { serviceEvidence } from "../tasks/service-evidence.ts";
import { movesRequests, watchingShifts } from "../tasks/watch-shifts.ts";
import { clearTheWayOfRemoved } from "./clear-the-way.ts";
import type { DeployRun } from "./deploy-run.ts";

/** Whether the pass back has something to take away after it. */
export function updateLayer(run: DeployRun, stack: Stack, outwards: boolean): Promise<boolean> {
  const { deployment, account, progress, standing, revertDrift } = run;
  const { aws, assembly, emit } = deployment;
  const { stacks } = progress;
  return step(deployment, "stack", outwards ? stack.name : `${stack.name} (back)`, async () => {
    const deployed = standing.has(stack.name) ? await deployedTemplate(aws.in(stack.region), stack.name) : undefined;
    const connections = await connectionVersions(aws, assembly, stack, stacks);
    if (outwards && deployed) await leaveRollouts(run, stack, deployed);
    const weights = outwards && deployed ? await keepWeights(run, stack, deployed) : {};
    const globalEndpoints = await lookUpGlobalEndpoints(aws, stack);
    const values = { ...parameterValues(stack, { assembly, stacks, ...run, connections, globalEndpoints }), ...weights };
    const { next, template, parameters, successors } = stackUpdate(stack, {
      deployed,
      values,
      deployedValues: (deployed && stacks.get(stack.name)?.parameters) ?? {},
      outwards,
    });
    for (const [id, one] of successors)
      emit({ type: "note", message: `${stack.name}: ${id} is made beside ${one.before}, which goes last.` });
    if (!outwards && deployed) await clearTheWayOfRemoved(stack.name, aws.in(stack.region), deployed, next);
    try {
      const kept = keptParameters(template, next, deployed);
      const steps = [...enteringRollouts(deployed, template), template];
      let changes = 0;
      for (const one of steps) {
        const act = () =>
          deployStack(deployment, account, { stack, template: one, parameters, kept, revertDrift: revertDrift && outwards });
        const result = await (movesRequests(one) ? watchingShifts(deployment, stacks, act) : act());
        stacks.set(stack.name, result.stack);
        standing.add(stack.name);
        changes += result.changes;
        if (result.changes > 0) progress.changed = true;
      }
      changes += await followWriters(deployment, stack, stacks);
      if (outwards && (await keepServerLogs(aws.in(stack.region), assembly, stack.name, stacks)).length > 0) progress.changed = true;
      const resources = changes === 1 ? "1 resource" : `${changes} resources`;
      return { value: leavesSomething(template, next), detail: changes > 0 ? resources : "unchanged", skipped: changes === 0 };
    } catch (error) {
      throw await withEvidence(run, error);
    }
  });
}

/** For a service that did not come up: why its tasks stopped, and what they said last. */
async function withEvidence({ deployment, progress, startedAt }: DeployRun, error: unknown): Promise<unknown> {
  const resource = failedResource(error);
  if (!(error instanceof DeployError) || resource?.resourceType !== "AWS::ECS::Service" || !resource.physicalId) return error;
  const layer = deployment.assembly.stacks.find(({ name }) => name === resource.stack)?.layer;
  const key = originOf(deployment.assembly, layer, resource.logicalId)?.key;
  const program = deployment.assembly.programs.find(({ name }) => name === key);
  if (!program) return error;
  try {
    const evidence = await serviceEvidence(deployment.aws, program, resource.physicalId, progress.stacks, startedAt);
    return new DeployError(error.code, error.message, {
      ...(error.remedy === undefined ? {} : { remedy: error.remedy }),
      evidence: [...evidence, ...error.evidence],
      cause: error.cause,
    });
  } catch {
    return error; // the cause that is known is worth more than the evidence that could not be had
  }
}
