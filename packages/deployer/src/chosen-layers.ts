/** Some layers of an app alone: which stacks, images and runs belong to them, and what they need of the others. */
import type { Assembly, Image, Run, Stack } from "@plinth/compiler";
import { DeployError } from "./deploy-error.ts";

export interface ChosenParts {
  stacks: Stack[];
  images: Image[];
  administrations: Run[];
  migrations: Run[];
  /** The names of what would run in a whole deploy before services change, and does not here. */
  skippedRuns: string[];
}

export function chosenParts(assembly: Assembly, layers: ReadonlySet<string> | undefined): ChosenParts {
  const stacks = assembly.stacks.filter(({ layer }) => layers?.has(layer) ?? true);
  const needed = new Set(stacks.flatMap(imagesOf));
  const layerOf = ({ taskDefinition }: Run) => assembly.stacks.find(({ name }) => name === taskDefinition.stack)?.layer ?? "";
  const runs = assembly.beforeServices.filter((run) => layers?.has(layerOf(run)) ?? true);
  const changesServices = stacks.some(({ layer }) => layer === "compute");
  return {
    stacks,
    images: layers ? assembly.images.filter(({ name }) => needed.has(name)) : assembly.images,
    administrations: runs.filter(({ purpose }) => purpose === "database-administration"),
    migrations: runs.filter(({ purpose }) => purpose === "migration"),
    skippedRuns: changesServices && runs.length === 0 ? assembly.beforeServices.map(({ name }) => name) : [],
  };
}

/** The names of the images that a stack's parameters take. */
export const imagesOf = ({ parameters }: Stack): string[] =>
  Object.values(parameters).flatMap((source) => (source.from === "image" ? [source.image] : []));

/** @throws DeployError that names the first layer which would have to stand, and does not. */
export function requireOthers(assembly: Assembly, { stacks, images }: ChosenParts, standing: ReadonlySet<string>, options: string): void {
  const needed = [
    ...stacks.flatMap(({ name, dependsOn }) => dependsOn.map((of) => ({ user: name, of }))),
    ...images.map(({ name, repository }) => ({ user: `the image ${name}`, of: repository.stack })),
  ];
  for (const { user, of } of needed) {
    if (standing.has(of) || stacks.some(({ name }) => name === of)) continue;
    const layer = assembly.stacks.find(({ name }) => name === of)?.layer ?? of;
    throw new DeployError("stack-failed", `${user} needs the layer ${layer} (${of}), which is not deployed.`, {
      remedy: `plinth deploy${options} --layer ${layer}, or the whole app: plinth deploy${options}`,
    });
  }
}

/** Whether all that may use what the stack has put out is deployed along with it. */
export const usersAreChosen = (assembly: Assembly, { stacks }: ChosenParts, { name }: Stack): boolean =>
  assembly.stacks.every((stack) => !stack.dependsOn.includes(name) || stacks.includes(stack));
