/** The app's images before a deploy: which stand by their digest, and which are made, from which content. */
import type { Image } from "@plinth/compiler";
import type { Aws } from "../aws.ts";
import type { DeployedStack } from "../stacks/stack-state.ts";

export interface ImageState {
  name: string;
  changed: boolean;
  /** What it is made from: see `Content`. */
  files?: Record<string, string>;
  /** Made from what the build context holds. */
  tag?: string;
  /** With its digest, where that is known before it is made. */
  address?: string;
}

/** @param hash whether the content is looked at even where nothing can be compared with it. */
export async function planImages(
  images: readonly Image[],
  { aws, target }: { aws: Aws | undefined; target: "aws" | "embedded" },
  folder: string,
  stacks: ReadonlyMap<string, DeployedStack>,
  hash: boolean,
): Promise<ImageState[]> {
  const nothingStands = ({ repository }: Image) => !aws || stacks.get(repository.stack)?.outputs[repository.output] === undefined;
  // What reads contexts and repositories is loaded where there is something to read.
  if (!hash && images.every(nothingStands)) return images.map(({ name }) => ({ name, changed: true }));
  const { digestOfTag, imageContent } = await import("../images/make-image.ts");
  return Promise.all(
    images.map(async (image) => {
      const { name } = image;
      const uri = stacks.get(image.repository.stack)?.outputs[image.repository.output];
      if ((!aws || uri === undefined) && !hash) return { name, changed: true };
      const { tag, files, source } = await imageContent(
        image,
        { embedded: aws ? aws.embedded : target === "embedded" ? "none" : undefined },
        folder,
      );
      if (!aws || uri === undefined) return { name, changed: true, tag, files };
      const digest = await digestOfTag(aws, uri.slice(uri.indexOf("/") + 1), tag);
      const known = digest ?? source?.digest;
      return { name, changed: digest === undefined, tag, files, ...(known === undefined ? {} : { address: `${uri}@${known}` }) };
    }),
  );
}
