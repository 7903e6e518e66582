/** An assembly as a golden file that one reads in a review: each stack, then what the deployer is told. */
import { relative } from "node:path";
import { stringify } from "yaml";
import type { Assembly } from "../src/index.ts";

/** @param configFolder what the text's folders are relative to: it differs by machine. */
export function golden({ stacks, ...rest }: Assembly, configFolder: string): string {
  const images = rest.images.map((image) => ({
    ...image,
    context: relative(configFolder, image.context) || ".",
    ...(image.nextjs !== undefined && { nextjs: relative(configFolder, image.nextjs) }),
  }));
  const documents = [
    ...stacks.map(({ name, parameters, tags, dependsOn, template }) => ({ stack: name, dependsOn, tags, parameters, template })),
    { ...rest, images },
  ];
  return documents.map((document) => stringify(document, { lineWidth: 140, aliasDuplicateObjects: false })).join("---\n");
}
