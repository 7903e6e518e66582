/** The generated secrets by which programs connect to databases and caches: in which version each is. */
import type { Assembly, Stack } from "@plinth/compiler";
import type { Aws } from "../aws.ts";
import type { DeployedStack } from "../stacks/stack-state.ts";
import { currentSecretVersion } from "./slots.ts";

export const connectionName = ({ stack, output }: { stack: string; output: string }) => `${stack}/${output}`;

/** Versions by `connectionName`, of those connections that the programs of this stack use; what is not deployed is left out. */
export async function connectionVersions(
  aws: Aws,
  assembly: Assembly,
  stack: Stack,
  stacks: ReadonlyMap<string, DeployedStack>,
): Promise<Map<string, string>> {
  const programs = Object.values(stack.parameters).flatMap((source) => (source.from === "secret-versions" ? [source.program] : []));
  const used = assembly.programs.filter(({ name }) => programs.includes(name)).flatMap(({ connections = [] }) => connections);
  const arns = new Map(used.map((one) => [connectionName(one), stacks.get(one.stack)?.outputs[one.output]]));
  const versions = await Promise.all(
    [...arns].map(async ([name, arn]) => {
      const current = arn === undefined ? undefined : await currentSecretVersion(aws, arn);
      return current ? [[name, current.version] as const] : [];
    }),
  );
  return new Map(versions.flat());
}
