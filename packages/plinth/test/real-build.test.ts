/** A real builder against a real registry: buildah, where it is on this machine, and the embedded cloud's ECR. */
import { spawnSync } from "node:child_process";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connectAws } from "@plinth/deployer";
import { buildAndPush } from "@plinth/deployer/images/container-build";
import type { Image } from "@plinth/compiler";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { appFolder, plinth, type AppFolder } from "./app-folder.ts";

const buildah = spawnSync("which", ["buildah"], { encoding: "utf8" }).stdout.trim();

let app: AppFolder;
beforeAll(async () => {
  app = await appFolder({
    "context/Dockerfile":
      "FROM scratch AS shared\nCOPY shared.txt /shared.txt\nFROM shared AS api\nCOPY api.txt /api.txt\nFROM shared AS web\nCOPY web.txt /web.txt\n",
    "context/shared.txt": "shared",
    "context/api.txt": "api",
    "context/web.txt": "web",
  });
  await mkdir(join(app.folder, "bin"));
  // Plain HTTP, as docker itself takes it from a loopback address; layers as folders, which works in a container.
  const store = `--storage-driver=vfs --root=${app.folder}/store --runroot=${app.folder}/run`;
  const script = `#!/bin/sh\ncommand=$1\nshift\ncase $command in login|push) tls=--tls-verify=false;; esac\nexec ${buildah} ${store} $command $tls "$@"\n`;
  await writeFile(join(app.folder, "bin/buildah"), script);
  await chmod(join(app.folder, "bin/buildah"), 0o755);
  vi.stubEnv("PATH", `${app.folder}/bin:${process.env["PATH"]}`);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await plinth(app.folder, ["cloud", "stop"]);
  await app[Symbol.asyncDispose]();
});

test.skipIf(buildah === "")(
  "two targets of one Dockerfile: the shared stage is built once, both images lie in ECR (needs buildah)",
  async () => {
    expect((await plinth(app.folder, ["cloud", "start"])).exit).toBe(0);
    const { endpoint, port } = JSON.parse((await plinth(app.folder, ["cloud", "status", "--json"])).out.join("\n"));
    const aws = connectAws("eu-central-1", endpoint);
    try {
      const logs: Record<string, string[]> = {};
      for (const target of ["api", "web"]) {
        await aws.call("ecr", "CreateRepository", { repositoryName: `shop/${target}` });
        const lines: string[] = (logs[target] = []);
        const image: Image = {
          name: target,
          repository: { stack: "", output: "" },
          context: join(app.folder, "context"),
          dockerfile: "Dockerfile",
          target,
          args: {},
          platform: "linux/amd64",
        };
        const repositoryUri = `127.0.0.1:${port}/shop/${target}`;
        const onLine = (line: string) => lines.push(line);
        await buildAndPush(aws, "buildah", { image, repositoryUri, tag: "content-1", onLine, signal: new AbortController().signal });
      }
      expect(logs["api"]!.join("\n")).not.toContain("Using cache");
      expect(logs["web"]!.join("\n")).toContain("Using cache");
      const layers = await Promise.all(
        ["api", "web"].map(async (target) => {
          const { images } = await aws.call("ecr", "BatchGetImage", {
            repositoryName: `shop/${target}`,
            imageIds: [{ imageTag: "content-1" }],
          });
          return (JSON.parse(images![0]!.imageManifest!) as { layers: { digest: string }[] }).layers.map(({ digest }) => digest);
        }),
      );
      expect(layers.map((each) => each.length)).toEqual([2, 2]);
      expect([layers[0]![0] === layers[1]![0], layers[0]![1] === layers[1]![1]]).toEqual([true, false]);
    } finally {
      aws.close();
    }
  },
);
