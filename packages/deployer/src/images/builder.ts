/** What builds images for AWS: a container tool of this machine, or CodeBuild in the account where there is none. */
import { DeployError } from "../deploy-error.ts";
import { runTool } from "./tool.ts";

export const localBuilders = ["docker", "podman", "buildah"] as const;
export type LocalBuilder = (typeof localBuilders)[number];
export type Builder = LocalBuilder | "codebuild";
export const builders: readonly Builder[] = [...localBuilders, "codebuild"];

/** The builder that was asked for (`--builder`, `PLINTH_BUILDER`). @throws DeployError `environment` for a word that is none. */
export function wantedBuilder(given: string | undefined): Builder | undefined {
  if (given === undefined || given === "") return undefined;
  if (builders.includes(given as Builder)) return given as Builder;
  throw new DeployError("environment", `${JSON.stringify(given)} builds no images.`, { remedy: `It is one of ${builders.join(", ")}.` });
}

export interface ChosenBuilder {
  builder: Builder;
  /** Why it is this one, where nobody asked for it. */
  reason?: string;
}

/**
 * The first that answers, of docker its engine and not only its client; CodeBuild when none does.
 * @throws DeployError `environment` when the one that was asked for does not answer.
 */
export async function chooseBuilder(wanted: Builder | undefined): Promise<ChosenBuilder> {
  if (wanted === "codebuild") return { builder: wanted };
  const said: string[] = [];
  for (const builder of wanted ? [wanted] : localBuilders) {
    const { exitCode, lines } = await runTool(builder, builder === "buildah" ? ["version"] : ["info"], { onLine: () => undefined });
    if (exitCode === 0) return { builder };
    said.push(`${builder} ${exitCode === 127 ? "is not installed" : `does not answer: ${lines.at(-1) ?? `it ended with ${exitCode}`}`}`);
  }
  if (!wanted) return { builder: "codebuild", reason: `${said.join("; ")}. So the images are built on AWS, by CodeBuild.` };
  throw new DeployError("environment", `${said[0]}.`, {
    remedy: `Start or install ${wanted}, or leave --builder out: then ${localBuilders.join(", ")} are tried in this order, and CodeBuild on AWS at last.`,
  });
}
