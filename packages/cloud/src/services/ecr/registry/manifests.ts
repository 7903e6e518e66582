/** Manifests by tag or digest, tags, and what refers to a manifest. */
import { AwsError } from "../../../aws-error.ts";
import { isDigest } from "../../../runtime/tasks/layers.ts";
import { imagesOf } from "../image.ts";
import { RegistryError } from "./registry-error.ts";
import { bodyOf, type RegistryRequest } from "./request.ts";

/** Amazon ECR service quotas, "Maximum manifest size"; the same as PutImage takes. */
const mostManifestBytes = 4_194_304;

export async function serveManifests(asked: RegistryRequest): Promise<void> {
  if (asked.method === "PUT") return put(asked);
  if (asked.method !== "GET" && asked.method !== "HEAD") throw new RegistryError(405, "UNSUPPORTED", "The operation is unsupported.");
  const { method, name, reference, response, context } = asked;
  const { images = [] } = await context.call("ecr", "BatchGetImage", { repositoryName: name, imageIds: [imageId(reference)] });
  const [image] = images;
  if (!image) throw new RegistryError(404, "MANIFEST_UNKNOWN", "Requested image not found");
  const manifest = Buffer.from(image.imageManifest ?? "");
  response.writeHead(200, {
    "content-type": image.imageManifestMediaType ?? "application/vnd.oci.image.manifest.v1+json",
    "content-length": manifest.byteLength,
    "docker-content-digest": image.imageId?.imageDigest ?? "",
  });
  response.end(method === "HEAD" ? undefined : manifest);
}

const imageId = (reference: string) => (isDigest(reference) ? { imageDigest: reference } : { imageTag: reference });

async function put({ name, reference, request, response, context }: RegistryRequest): Promise<void> {
  const imageManifest = (await bodyOf(request, mostManifestBytes)).toString();
  const type = request.headers["content-type"]?.split(";")[0];
  let digest: string | undefined;
  try {
    const { image } = await context.call("ecr", "PutImage", {
      repositoryName: name,
      imageManifest,
      ...(type !== undefined && { imageManifestMediaType: type }),
      ...(isDigest(reference) ? { imageDigest: reference } : { imageTag: reference }),
    });
    digest = image?.imageId?.imageDigest;
  } catch (error) {
    // The very same push once more, as of a client that tries again.
    if (!(error instanceof AwsError && error.code === "ImageAlreadyExistsException")) throw error;
    const { images } = await context.call("ecr", "BatchGetImage", { repositoryName: name, imageIds: [imageId(reference)] });
    digest = images?.[0]?.imageId?.imageDigest;
  }
  const subject = subjectOf(imageManifest);
  response.writeHead(201, {
    location: `/v2/${name}/manifests/${digest}`,
    "docker-content-digest": digest,
    "content-length": 0,
    ...(subject !== undefined && { "oci-subject": subject }),
  });
  response.end();
}

export async function serveTags({ method, name, query, response, context }: RegistryRequest): Promise<void> {
  if (method !== "GET") throw new RegistryError(405, "UNSUPPORTED", "The operation is unsupported.");
  await context.call("ecr", "ListImages", { repositoryName: name });
  const last = query.get("last") ?? "";
  const tags = imagesOf(context, name)
    .flatMap((image) => image.tags)
    .sort()
    .filter((tag) => tag > last);
  const count = query.has("n") ? Number(query.get("n")) : tags.length;
  const page = tags.slice(0, count);
  const more = tags.length > page.length && page.length > 0;
  const next = `</v2/${name}/tags/list?n=${count}&last=${encodeURIComponent(page.at(-1) ?? "")}>; rel="next"`;
  answer(response, { name, tags: page }, more ? { link: next } : {});
}

/** OCI distribution specification 1.1, "Listing Referrers". */
export async function serveReferrers({ method, name, reference, query, response, context }: RegistryRequest): Promise<void> {
  if (method !== "GET") throw new RegistryError(405, "UNSUPPORTED", "The operation is unsupported.");
  await context.call("ecr", "ListImages", { repositoryName: name });
  const type = query.get("artifactType");
  const manifests = imagesOf(context, name)
    .filter(({ manifest, artifactType }) => subjectOf(manifest) === reference && (type === null || artifactType === type))
    .map(({ manifest, mediaType, digest, artifactType }) => {
      const { annotations } = JSON.parse(manifest) as { annotations?: object };
      return {
        mediaType,
        digest,
        size: Buffer.byteLength(manifest),
        ...(artifactType && { artifactType }),
        ...(annotations && { annotations }),
      };
    });
  const index = { schemaVersion: 2, mediaType: indexType, manifests };
  answer(response, index, { "content-type": indexType, ...(type !== null && { "oci-filters-applied": "artifactType" }) });
}

const indexType = "application/vnd.oci.image.index.v1+json";

const subjectOf = (manifest: string): string | undefined => (JSON.parse(manifest) as { subject?: { digest?: string } }).subject?.digest;

function answer(response: RegistryRequest["response"], content: object, headers: Record<string, string>): void {
  const body = Buffer.from(JSON.stringify(content));
  response.writeHead(200, { "content-type": "application/json", ...headers, "content-length": body.byteLength }).end(body);
}
