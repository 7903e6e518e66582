/** Pulling blobs. */
import { pipeline } from "node:stream/promises";
import { isDigest, layerPath } from "../../../runtime/tasks/layers.ts";
import { layerNotFound } from "../errors.ts";
import { repositoryLayers } from "../layer.ts";
import { RegistryError } from "./registry-error.ts";
import type { RegistryRequest } from "./request.ts";

export async function serveBlobs({ method, name, reference, response, context }: RegistryRequest): Promise<void> {
  if (method !== "GET" && method !== "HEAD") throw new RegistryError(405, "UNSUPPORTED", "The operation is unsupported.");
  if (!isDigest(reference)) throw new RegistryError(400, "DIGEST_INVALID", `${reference} is no digest.`);
  const { cloud, region, account, call } = context;
  if (method === "HEAD") await call("ecr", "BatchCheckLayerAvailability", { repositoryName: name, layerDigests: [reference] });
  else await call("ecr", "GetDownloadUrlForLayer", { repositoryName: name, layerDigest: reference });
  const layer = repositoryLayers(cloud).get(region, `${name}@${reference}`);
  if (!layer) throw layerNotFound(reference, name, account);
  const headers = { "content-type": "application/octet-stream", "content-length": layer.sizeBytes, "docker-content-digest": reference };
  if (method === "HEAD") {
    response.writeHead(200, headers).end();
    return;
  }
  const file = await cloud.world.disk.files.open(layerPath(cloud, reference), "r");
  response.writeHead(200, headers);
  // A client that has seen enough closes the connection: that is no fault.
  await pipeline(file.createReadStream(), response).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ERR_STREAM_PREMATURE_CLOSE") throw error;
  });
}
