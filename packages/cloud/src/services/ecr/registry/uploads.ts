/** Pushing blobs: an upload is begun, filled piece by piece or at once, and named by its digest at the end. */
import { authorize } from "../../../identity/authorize.ts";
import { isDigest } from "../../../runtime/tasks/layers.ts";
import type { OperationContext } from "../../../service.ts";
import { appendToUpload, finishUpload } from "../layer-upload.ts";
import { layerUploads, repositoryLayers, uploadPath } from "../layer.ts";
import { uploadNotFound } from "../errors.ts";
import { piecesOf, type RegistryRequest } from "./request.ts";
import { RegistryError } from "./registry-error.ts";

export async function serveUploads(asked: RegistryRequest): Promise<void> {
  const { method, reference } = asked;
  if (reference === "" && method === "POST") return begin(asked);
  if (reference !== "" && method === "PATCH") return take(asked);
  if (reference !== "" && method === "PUT") return finish(asked);
  if (reference !== "" && method === "GET") return tell(asked, 204);
  if (reference !== "" && method === "DELETE") return forget(asked);
  throw new RegistryError(405, "UNSUPPORTED", "The operation is unsupported.");
}

async function begin(asked: RegistryRequest): Promise<void> {
  const { name, query, response, context } = asked;
  if (await mounted(asked)) return;
  const { uploadId = "" } = await context.call("ecr", "InitiateLayerUpload", { repositoryName: name });
  if (query.has("digest")) return finish({ ...asked, reference: uploadId });
  response.writeHead(202, { location: placeOf(name, uploadId), "docker-upload-uuid": uploadId, range: "0-0", "content-length": 0 }).end();
}

/** A blob of another repository, where the account allows that it is shared (PutAccountSetting, BLOB_MOUNTING). */
async function mounted({ name, query, response, context }: RegistryRequest): Promise<boolean> {
  const digest = query.get("mount");
  const from = query.get("from");
  if (!digest || !from || !isDigest(digest)) return false;
  const { call, cloud, region } = context;
  const known = await call("ecr", "BatchCheckLayerAvailability", { repositoryName: name, layerDigests: [digest] });
  if (known.layers?.[0]?.layerAvailability !== "AVAILABLE") {
    if ((await call("ecr", "GetAccountSetting", { name: "BLOB_MOUNTING" })).value !== "ENABLED") return false;
    const shared = repositoryLayers(cloud).get(region, `${from}@${digest}`);
    if (!shared) return false;
    await call("ecr", "GetDownloadUrlForLayer", { repositoryName: from, layerDigest: digest });
    authorize(cloud.active("ecr")!, "CompleteLayerUpload", { repositoryName: name }, context);
    repositoryLayers(cloud).put(region, `${name}@${digest}`, shared);
  }
  response.writeHead(201, { location: `/v2/${name}/blobs/${digest}`, "docker-content-digest": digest, "content-length": 0 }).end();
  return true;
}

/** A piece, at the place that it names, or behind what there is. */
async function take(asked: RegistryRequest): Promise<void> {
  const { name, reference, request, context } = asked;
  authorize(context.cloud.active("ecr")!, "UploadLayerPart", { repositoryName: name }, context);
  const upload = uploadOf(asked);
  const [, first] = /^(?:bytes )?(\d+)-\d+/.exec(request.headers["content-range"] ?? "") ?? [];
  if (first !== undefined && Number(first) !== upload.receivedBytes) {
    throw new RegistryError(416, "BLOB_UPLOAD_INVALID", `The upload goes on at byte ${upload.receivedBytes}, not at ${first}.`);
  }
  for await (const piece of piecesOf(request)) await appendToUpload(context, reference, piece);
  return tell(asked, 202);
}

async function finish({ name, reference, query, request, response, context }: RegistryRequest): Promise<void> {
  const { cloud } = context;
  const digest = query.get("digest") ?? "";
  if (!isDigest(digest)) throw new RegistryError(400, "DIGEST_INVALID", "The upload ends with the digest of the blob: ?digest=sha256:…");
  authorize(cloud.active("ecr")!, "CompleteLayerUpload", { repositoryName: name }, context);
  requireUpload(context, name, reference);
  for await (const piece of piecesOf(request)) await appendToUpload(context, reference, piece);
  await finishUpload(context, name, reference, [digest]);
  response.writeHead(201, { location: `/v2/${name}/blobs/${digest}`, "docker-content-digest": digest, "content-length": 0 }).end();
}

function tell(asked: RegistryRequest, status: number): void {
  const { name, reference, response } = asked;
  const last = Math.max(0, uploadOf(asked).receivedBytes - 1);
  const headers = { location: placeOf(name, reference), "docker-upload-uuid": reference, range: `0-${last}` };
  response.writeHead(status, { ...headers, "content-length": 0 }).end();
}

async function forget(asked: RegistryRequest): Promise<void> {
  const { name, reference, response, context } = asked;
  authorize(context.cloud.active("ecr")!, "InitiateLayerUpload", { repositoryName: name }, context);
  uploadOf(asked);
  layerUploads(context.cloud).delete(context.region, reference);
  await context.cloud.world.disk.files.rm(uploadPath(context.cloud, reference), { force: true });
  response.writeHead(204).end();
}

const placeOf = (name: string, uploadId: string) => `/v2/${name}/blobs/uploads/${uploadId}`;

const uploadOf = ({ name, reference, context }: RegistryRequest) => requireUpload(context, name, reference);

function requireUpload(context: OperationContext, name: string, uploadId: string) {
  const upload = layerUploads(context.cloud).get(context.region, uploadId);
  if (upload?.repository !== name) throw uploadNotFound(uploadId, name, context.account);
  return upload;
}
