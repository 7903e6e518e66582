/** Images for AWS: built and pushed by the container tool of this machine (docker, podman or buildah). */
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import type { Image } from "@plinth/compiler";
import type { Aws } from "../aws.ts";
import { DeployError } from "../deploy-error.ts";
import type { LocalBuilder } from "./builder.ts";
import { rootCauseOf } from "./build-failure.ts";
import { runTool } from "./tool.ts";

export interface ContainerBuild {
  image: Image;
  /** `…dkr.ecr.eu-central-1.amazonaws.com/threa-prod-app`. */
  repositoryUri: string;
  tag: string;
  onLine: (line: string) => void;
  signal: AbortSignal;
}

/** Builds for the image's platform and pushes under `tag`. @throws DeployError `image-failed` with the tool's last lines. */
export async function buildAndPush(aws: Aws, builder: LocalBuilder, build: ContainerBuild): Promise<void> {
  const { image, repositoryUri, tag, onLine, signal } = build;
  const address = `${repositoryUri}:${tag}`;
  const must = async (what: string, args: string[], more: { stdin?: string; env?: Record<string, string> } = {}) => {
    const { exitCode, lines } = await runTool(builder, args, { onLine, signal, ...more });
    if (exitCode !== 0) throw buildFailed(`${what} ended with ${exitCode}`, lines);
  };
  await must(`Building ${image.name} with ${builder}`, buildArguments(builder, image, address));
  const { authorizationData = [] } = await aws.call("ecr", "GetAuthorizationToken", {});
  const [user = "AWS", password = ""] = Buffer.from(authorizationData[0]?.authorizationToken ?? "", "base64")
    .toString()
    .split(":");
  const registry = repositoryUri.split("/")[0] ?? repositoryUri;
  await withOwnLogin(async (env) => {
    await must(`Logging in to ${registry}`, ["login", `--username=${user}`, "--password-stdin", registry], { stdin: password, env });
    await must(`Pushing ${image.name}`, ["push", address], { env });
  });
}

export function buildArguments(builder: LocalBuilder, image: Image, address: string): string[] {
  return [
    "build",
    // Of two targets of one Dockerfile the second takes the stages that the first has built; docker and podman do so by themselves.
    ...(builder === "buildah" ? ["--layers"] : []),
    `--platform=${image.platform}`,
    `--file=${join(image.context, image.dockerfile)}`,
    `--tag=${address}`,
    ...(image.target === undefined ? [] : [`--target=${image.target}`]),
    ...Object.entries(image.args).map(([name, value]) => `--build-arg=${name}=${value}`),
    image.context,
  ];
}

export function buildFailed(what: string, lines: readonly string[]): DeployError {
  const evidence = lines.slice(-15);
  if (lines.some((line) => /no space left on device|disk quota exceeded/i.test(line))) {
    return new DeployError("environment", `${what}: the disk is full.`, {
      remedy:
        "Free some space (docker system prune -a, podman system prune -a or buildah rmi --prune takes old images away) and deploy again.",
      evidence,
    });
  }
  const cause = rootCauseOf(lines);
  return new DeployError("image-failed", cause === undefined ? `${what}.` : `${what}: ${cause}`, { evidence });
}

/** The registry's password lies in a file of its own while it is needed, not in the user's: so nothing is left, and builds may run at once. */
async function withOwnLogin(act: (env: Record<string, string>) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "plinth-login-"));
  try {
    const own = process.env["DOCKER_CONFIG"] ?? join(homedir(), ".docker");
    // Which engine docker talks to is part of its configuration as well.
    const { currentContext } = await readFile(join(own, "config.json"), "utf8").then(
      (text) => JSON.parse(text) as { currentContext?: string },
      () => ({ currentContext: undefined }),
    );
    await writeFile(join(folder, "config.json"), JSON.stringify({ ...(currentContext && { currentContext }) }), { mode: 0o600 });
    await symlink(join(own, "contexts"), join(folder, "contexts"));
    await act({ DOCKER_CONFIG: folder, REGISTRY_AUTH_FILE: join(folder, "auth.json") });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
