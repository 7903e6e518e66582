/** One deploy's way to make images: chosen when the first one has to be made, and told. */
import type { Deployment } from "../deployment.ts";
import { deployStack } from "../stacks/deploy-stack.ts";
import { chooseBuilder, type ChosenBuilder } from "./builder.ts";
import { buildStack } from "./build-stack.ts";
import { buildOnAws } from "./code-build.ts";
import { buildAndPush, type ContainerBuild } from "./container-build.ts";

export interface ImageBuilder {
  /** @param paths the files of the context. */
  build(one: ContainerBuild, paths: readonly string[]): Promise<void>;
}

export function imageBuilder(deployment: Deployment, account: string): ImageBuilder {
  const { aws, assembly, emit } = deployment;
  let chosen: Promise<ChosenBuilder> | undefined;
  const choose = async (): Promise<ChosenBuilder> => {
    const choice = await chooseBuilder(deployment.builder);
    emit({ type: "note", message: choice.reason ?? `Images are built with ${choice.builder}.` });
    if (choice.builder === "codebuild") {
      const stack = buildStack(assembly.app, aws.region);
      await deployStack(deployment, account, { stack, template: stack.template, parameters: {}, kept: [] });
    }
    return choice;
  };
  return {
    async build(one, paths) {
      const { builder } = await (chosen ??= choose());
      if (builder === "codebuild") await buildOnAws(deployment, { ...one, account, paths });
      else await buildAndPush(aws, builder, one);
    },
  };
}
