/** A service of the app by its name, as it runs now. */
import type { Assembly } from "@plinth/compiler";
import type { Aws } from "../aws.ts";
import { DeployError } from "../deploy-error.ts";
import type { DeployedStack } from "../stacks/stack-state.ts";
import { serviceStates, type ServiceState } from "./service-state.ts";

/** @throws DeployError `not-found`, which names those that there are. */
export async function findService(
  aws: Aws,
  assembly: Assembly,
  stacks: ReadonlyMap<string, DeployedStack>,
  name: string,
): Promise<ServiceState> {
  const services = assembly.programs.filter(({ kind }) => kind === "service");
  const program = services.find((one) => one.name === name);
  if (!program) {
    throw new DeployError("not-found", `${assembly.app} has no service called ${name}.`, {
      remedy:
        services.length > 0
          ? `It has: ${services.map((one) => one.name).join(", ")}.`
          : "It declares none: add service() to plinth.config.ts.",
    });
  }
  const [state] = await serviceStates(aws, [program], stacks);
  if (!state) {
    throw new DeployError("not-found", `${name} of ${assembly.app} ${assembly.stage} is not deployed.`, {
      remedy: "Deploy it: plinth deploy.",
    });
  }
  return state;
}
