/** A container image, built from a Dockerfile beside the app. */
import type { Override } from "./override.ts";
import { declare, type Declaration } from "./declaration.ts";
import type { standsInEnv, standsInText, standsInUses } from "./env.ts";

export interface ImageOptions {
  /** The build context, relative to the folder of plinth.config.ts. @default "." */
  readonly context?: string;
  /** The Dockerfile, relative to the context. @default "Dockerfile" */
  readonly dockerfile?: string;
  /** The stage of the Dockerfile to build. @default its last stage */
  readonly target?: string;
  /** Build arguments. They can be read in the image: no secrets. @default none */
  readonly args?: Readonly<Record<string, string | number>>;
  /** The processor that it is built for, and that its programs run on. @default "linux/amd64" */
  readonly platform?: "linux/amd64" | "linux/arm64";
  /** How many images the repository keeps, 20 to 1000. Older ones can no longer be rolled back to. @default 50 */
  readonly keep?: number;
  /** Where it is published: for this account alone, or for everybody, on ECR Public. In the embedded cloud always the former. @default "private" */
  readonly registry?: "private" | "public";
  /** What ECR calls the repository: 2 to 256 of `a-z 0-9 . _ - /`. Only where the image is returned. @default generated */
  readonly name?: string;
  /** Changes to what is generated. @default none */
  readonly override?: Override<{ Repository: "AWS::ECR::Repository"; PublicRepository: "AWS::ECR::PublicRepository" }>;
}

/** An image: programs run it. Returned by the app it has a repository of its own, else it lies in the app's common one. */
export interface Image extends Declaration<"image"> {
  readonly [standsInEnv]: "an image cannot stand in env: name the program that runs it";
  readonly [standsInUses]: "an image cannot stand in uses: a program's image is its `image`";
  readonly [standsInText]: "an image cannot stand in text: it has no address that a program could call";
}

/** Declares an image. */
export function image(options: ImageOptions = {}): Image {
  return declare("image", options);
}
