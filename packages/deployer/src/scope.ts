/**
 * One command, three scopes: the whole stage; its infrastructure, while programs keep their images; its application, that is new images
 * and what runs them, while everything else stays as it is deployed.
 */
import type { Assembly, ParameterSource, Stack } from "@plinth/compiler";
import { imagesOf } from "./chosen-layers.ts";
import { isStanding, type DeployedStack } from "./stacks/stack-state.ts";

export type Scope = "infrastructure" | "application";

export interface Scoped {
  assembly: Assembly;
  /** These layers alone; `undefined`: all. */
  layers: ReadonlySet<string> | undefined;
}

/** What of the app a scope is about, in view of what stands. Pure. */
export function inScope(scope: Scope, assembly: Assembly, stacks: ReadonlyMap<string, DeployedStack>): Scoped {
  return scope === "infrastructure" ? infrastructure(assembly, stacks) : application(assembly);
}

function application(assembly: Assembly): Scoped {
  const notes = [...assembly.notes, "Only the application: new images, migrations and programs. Everything else stays as it is deployed."];
  return { assembly: { ...assembly, notes }, layers: new Set(assembly.stacks.filter(usesImages).map(({ layer }) => layer as string)) };
}

function infrastructure(assembly: Assembly, stacks: ReadonlyMap<string, DeployedStack>): Scoped {
  const kept = keptImages(assembly, stacks);
  const unmade = assembly.stacks.filter((stack) => imagesOf(stack).some((image) => !kept.has(image)));
  // What stands on a layer that is left as it is may ask for outputs that it does not have yet.
  const left = new Set(unmade.map(({ name }) => name));
  for (const { name, dependsOn } of assembly.stacks) if (dependsOn.some((of) => left.has(of))) left.add(name);
  const leftLayers = new Set(assembly.stacks.filter(({ name }) => left.has(name)).map(({ layer }) => layer as string));
  const names = [...new Set(unmade.flatMap(imagesOf))].filter((image) => !kept.has(image));
  const notes = [...assembly.notes, "Only the infrastructure: no image is made, and programs keep theirs."];
  if (names.length > 0) {
    const was = names.length === 1 ? `the image ${names[0]} has` : `the images ${names.join(", ")} have`;
    notes.push(`${[...leftLayers].join(", ")} ${leftLayers.size === 1 ? "is" : "are"} left for a whole deploy: ${was} never been made.`);
  }
  const all = new Set(assembly.stacks.map(({ layer }) => layer as string));
  return {
    assembly: {
      ...assembly,
      notes,
      images: [],
      stacks: assembly.stacks.map((stack) => (left.has(stack.name) ? stack : withImages(stack, kept))),
    },
    layers: leftLayers.size === 0 ? undefined : new Set([...all].filter((layer) => !leftLayers.has(layer))),
  };
}

/** The images that programs run now, by their name; one that several stacks take is the same in all of them. */
function keptImages(assembly: Assembly, stacks: ReadonlyMap<string, DeployedStack>): Map<string, string> {
  const kept = new Map<string, string>();
  for (const stack of assembly.stacks) {
    const deployed = stacks.get(stack.name);
    if (!isStanding(deployed)) continue;
    for (const [name, source] of Object.entries(stack.parameters)) {
      const value = deployed.parameters[name];
      if (source.from === "image" && value) kept.set(source.image, value);
    }
  }
  return kept;
}

const usesImages = (stack: Stack) => imagesOf(stack).length > 0;

function withImages(stack: Stack, kept: ReadonlyMap<string, string>): Stack {
  const fixed = (source: ParameterSource): ParameterSource =>
    source.from === "image" ? { from: "value", value: kept.get(source.image)! } : source;
  return { ...stack, parameters: Object.fromEntries(Object.entries(stack.parameters).map(([name, source]) => [name, fixed(source)])) };
}
