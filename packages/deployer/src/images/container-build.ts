/** Images for AWS: built and pushed by the container tool of this machine (docker, podman or buildah). */
import { spawn } from "node:child_process";
import { join } from "node:path";
import type { Image } from "@plinth/compiler";
import type { Aws } from "../aws.ts";
import { DeployError } from "../deploy-error.ts";

const builders = ["docker", "podman", "buildah"] as const;
export type Builder = (typeof builders)[number];

/** The first tool that answers: of docker its engine, not only its client. */
export async function findBuilder(): Promise<Builder> {
  for (const builder of builders) {
    const { exitCode } = await runTool(builder, builder === "buildah" ? ["version"] : ["info"], { onLine: () => undefined });
    if (exitCode === 0) return builder;
  }
  throw new DeployError("environment", "No container builder answers on this machine: images for AWS need docker, podman or buildah.", {
    remedy: "Start Docker, or install podman or buildah; or deploy with --local into the embedded cloud, which needs none.",
  });
}

export interface ContainerBuild {
  image: Image;
  /** `…dkr.ecr.eu-central-1.amazonaws.com/threa-prod-app`. */
  repositoryUri: string;
  tag: string;
  onLine: (line: string) => void;
  signal: AbortSignal;
}

/** Builds for the image's platform and pushes under `tag`. @throws DeployError `image-failed` with the tool's last lines. */
export async function buildAndPush(
  aws: Aws,
  builder: Builder,
  { image, repositoryUri, tag, onLine, signal }: ContainerBuild,
): Promise<void> {
  const address = `${repositoryUri}:${tag}`;
  const must = async (what: string, args: string[], stdin?: string) => {
    const { exitCode, lines } = await runTool(builder, args, { onLine, signal, ...(stdin === undefined ? {} : { stdin }) });
    if (exitCode === 0) return;
    throw new DeployError("image-failed", `${what} ended with ${exitCode}.`, { evidence: lines.slice(-15) });
  };
  await must(`Building ${image.name} with ${builder}`, [
    "build",
    `--platform=${image.platform}`,
    `--file=${join(image.context, image.dockerfile)}`,
    `--tag=${address}`,
    ...(image.target === undefined ? [] : [`--target=${image.target}`]),
    ...Object.entries(image.args).map(([name, value]) => `--build-arg=${name}=${value}`),
    image.context,
  ]);
  const { authorizationData = [] } = await aws.call("ecr", "GetAuthorizationToken", {});
  const [user = "AWS", password = ""] = Buffer.from(authorizationData[0]?.authorizationToken ?? "", "base64")
    .toString()
    .split(":");
  const registry = repositoryUri.split("/")[0] ?? repositoryUri;
  await must(`Logging in to ${registry}`, ["login", `--username=${user}`, "--password-stdin", registry], password);
  await must(`Pushing ${image.name}`, ["push", address]);
}

interface ToolOptions {
  onLine: (line: string) => void;
  stdin?: string;
  signal?: AbortSignal;
}

/** Runs a tool; `exitCode` 127 when it is not there. */
async function runTool(
  command: string,
  args: string[],
  { onLine, stdin, signal }: ToolOptions,
): Promise<{ exitCode: number; lines: string[] }> {
  const lines: string[] = [];
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"], ...(signal ? { signal } : {}) });
  const take = (line: string) => {
    lines.push(line);
    if (lines.length > 200) lines.shift();
    onLine(line);
  };
  for (const stream of [child.stdout, child.stderr]) {
    let rest = "";
    stream.setEncoding("utf8").on("data", (text: string) => {
      const parts = (rest + text).split(/\r?\n/);
      rest = parts.pop() ?? "";
      parts.filter((line) => line !== "").forEach(take);
    });
    stream.on("end", () => rest && take(rest));
  }
  child.stdin.on("error", () => undefined); // the tool ended before it read: its exit code tells
  child.stdin.end(stdin ?? "");
  const { promise, resolve } = Promise.withResolvers<number>();
  child.on("error", (error: NodeJS.ErrnoException) => resolve(error.code === "ENOENT" ? 127 : 126));
  child.on("close", (code) => resolve(code ?? 128));
  return { exitCode: await promise, lines };
}
