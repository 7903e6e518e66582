/** The databases of a stage, by their names in the inventory, as RDS knows them. */
import type { Assembly } from "@plinth/compiler";
import type { Aws } from "../aws.ts";
import { DeployError } from "../deploy-error.ts";
import { declaredNames, deployedIds } from "../named-resources.ts";
import type { DeployedStack } from "../stacks/stack-state.ts";

export interface StageDatabase {
  /** The inventory key. */
  name: string;
  kind: "instance" | "cluster";
  /** What RDS calls it. */
  identifier: string;
}

/** Those that are deployed, in the app's order. */
export async function stageDatabases(aws: Aws, assembly: Assembly, stacks: ReadonlyMap<string, DeployedStack>): Promise<StageDatabase[]> {
  const clusters = await deployed(aws, assembly, stacks, "cluster", "AWS::RDS::DBCluster");
  const instances = await deployed(aws, assembly, stacks, "instance", "AWS::RDS::DBInstance");
  // Instances of a cluster stand under its name.
  const alone = instances.filter(({ name }) => !clusters.some((cluster) => cluster.name === name));
  return [...alone, ...clusters];
}

async function deployed(
  aws: Aws,
  assembly: Assembly,
  stacks: ReadonlyMap<string, DeployedStack>,
  kind: StageDatabase["kind"],
  type: string,
): Promise<StageDatabase[]> {
  const found = declaredNames(assembly, type).map(async (name) => {
    const ids = await deployedIds(aws, assembly, stacks, type, name);
    // While a successor takes over there are two: it is the last.
    const id = ids.filter(({ region }) => region === aws.region).at(-1)?.id;
    return id === undefined ? [] : [{ name, kind, identifier: id.toLowerCase() }];
  });
  return (await Promise.all(found)).flat();
}

/** The one of that name, or the only one. @throws DeployError `not-found` */
export async function findStageDatabase(
  aws: Aws,
  assembly: Assembly,
  stacks: ReadonlyMap<string, DeployedStack>,
  name: string | undefined,
): Promise<StageDatabase> {
  if (name !== undefined && declaredNames(assembly, "AWS::EFS::FileSystem").includes(name))
    throw new DeployError("not-found", `${name} is a file system; restore brings databases back.`, {
      remedy: `plinth files restore ${name} . brings all of its files out of the stage's own vault, into a folder beside those that are there.`,
    });
  const all = await stageDatabases(aws, assembly, stacks);
  const names = all.map((each) => each.name);
  if (all.length === 0) {
    throw new DeployError("not-found", `${assembly.app} ${assembly.stage} has no database that is deployed.`, {
      remedy: "plinth deploy makes those that the app declares.",
    });
  }
  if (name === undefined && all.length > 1) {
    throw new DeployError("not-found", `${assembly.app} has ${all.length} databases: say which.`, {
      remedy: `It has: ${names.join(", ")}.`,
    });
  }
  const found = name === undefined ? all[0] : all.find((each) => each.name === name);
  if (!found)
    throw new DeployError("not-found", `${name} is no database of ${assembly.app} ${assembly.stage}.`, {
      remedy: `It has: ${names.join(", ")}.`,
    });
  return found;
}
