/** Puts a program of a few lines into the embedded ECR, as a source image (packages/cloud/src/runtime/tasks/source-image.md). */
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  CompleteLayerUploadCommand,
  CreateRepositoryCommand,
  type ECRClient,
  InitiateLayerUploadCommand,
  PutImageCommand,
  UploadLayerPartCommand,
} from "@aws-sdk/client-ecr";

/** @returns its reference */
export async function pushSource(ecr: ECRClient, context: string, repositoryName: string, program: string): Promise<string> {
  mkdirSync(context, { recursive: true });
  writeFileSync(join(context, "main.mjs"), program);
  const { repository } = await ecr.send(new CreateRepositoryCommand({ repositoryName }));
  const config = Buffer.from(JSON.stringify({ context, contentHash: "1", command: ["node", "/app/main.mjs"] }));
  const digest = `sha256:${createHash("sha256").update(config).digest("hex")}`;
  const { uploadId } = await ecr.send(new InitiateLayerUploadCommand({ repositoryName }));
  await ecr.send(
    new UploadLayerPartCommand({ repositoryName, uploadId, partFirstByte: 0, partLastByte: config.byteLength - 1, layerPartBlob: config }),
  );
  await ecr.send(new CompleteLayerUploadCommand({ repositoryName, uploadId, layerDigests: [digest] }));
  const imageManifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    artifactType: "application/vnd.plinth.source.v1",
    config: { mediaType: "application/vnd.plinth.source.config.v1+json", digest, size: config.byteLength },
    layers: [],
  });
  await ecr.send(new PutImageCommand({ repositoryName, imageManifest, imageTag: "latest" }));
  return `${repository!.repositoryUri}:latest`;
}
