/** What an app's file has changed beside its images: an application deploy refuses it by name, and so changes nothing by accident. */
import type { Assembly, ParameterSource, Stack } from "@plinth/compiler";
import type { Aws } from "./aws.ts";
import { DeployError } from "./deploy-error.ts";
import { planStage } from "./plan.ts";
import { isStanding, type DeployedStack } from "./stacks/stack-state.ts";

/** @throws DeployError `other-changes`, which names what an application deploy would leave undone. */
export async function refuseOtherChanges(
  assembly: Assembly,
  aws: Aws | undefined,
  stacks: ReadonlyMap<string, DeployedStack>,
  folder: string,
  commandOptions: string,
): Promise<void> {
  const missing = assembly.stacks.filter(({ name }) => !isStanding(stacks.get(name)));
  const whole = `plinth deploy${commandOptions} does all of it`;
  if (missing.length > 0) {
    throw new DeployError(
      "other-changes",
      `${missing.map(({ name }) => name).join(", ")} ${missing.length === 1 ? "is" : "are"} not deployed.`,
      {
        remedy: `--only application brings new images to a stage that stands: ${whole}.`,
      },
    );
  }
  const frozen = { ...assembly, stacks: assembly.stacks.map((stack) => withSecretVersions(stack, stacks.get(stack.name))) };
  const { plan } = await planStage(frozen, aws, folder, undefined, { scope: "infrastructure" });
  const others = plan.layers.flatMap(({ stack, action, changes }) =>
    action === "delete"
      ? [`${stack} would be deleted`]
      : changes.map(({ key, source, logicalId, action: how }) => {
          const of = key === undefined ? logicalId : `${key} (${logicalId})`;
          return `${of} of ${stack}${source === undefined ? "" : `, ${source}`}: ${how}`;
        }),
  );
  if (plan.layers.some(({ action }) => action === "create") || others.length > 0) {
    throw new DeployError("other-changes", "The app's file has changed more than what its images hold.", {
      evidence: others,
      remedy: `${whole}; plinth deploy${commandOptions} --only infrastructure does these alone, and programs keep their images.`,
    });
  }
}

/** Versions of secrets as they are deployed: a new one rolls programs, which is no change of the app's file. */
function withSecretVersions(stack: Stack, deployed: DeployedStack | undefined): Stack {
  const fixed = ([name, source]: [string, ParameterSource]): [string, ParameterSource] => {
    const value = deployed?.parameters[name];
    const ofSecret = source.from === "secret-versions" || source.from === "secret-present";
    return [name, ofSecret && value !== undefined ? { from: "value", value } : source];
  };
  return { ...stack, parameters: Object.fromEntries(Object.entries(stack.parameters).map(fixed)) };
}
