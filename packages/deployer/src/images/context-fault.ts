/** What an image's build needs first: seen before anything is made, not after the stacks that come before the image. */
import { access } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import type { Image } from "@plinth/compiler";
import { DeployError } from "../deploy-error.ts";

export const contextRemedy = "image() takes context and dockerfile, relative to plinth.config.ts.";

/** One sentence where the Dockerfile is not there; undefined where all is well. */
export async function contextFault({ name, context, dockerfile }: Image): Promise<string | undefined> {
  const path = join(context, dockerfile);
  const there = await access(path).then(
    () => true,
    () => false,
  );
  return there ? undefined : `The image ${name} needs ${shown(path)}, which is not there.`;
}

/** As somebody in the current folder names it. */
const shown = (path: string) => (path.startsWith(`${process.cwd()}${sep}`) ? relative(process.cwd(), path) : path);

/** @throws DeployError `image-failed` */
export async function requireContexts(images: readonly Image[]): Promise<void> {
  const faults = (await Promise.all(images.map(contextFault))).filter((fault) => fault !== undefined);
  if (faults.length > 0) {
    throw new DeployError("image-failed", faults[0]!, { evidence: faults.slice(1), remedy: `${contextRemedy} Nothing was touched.` });
  }
}
