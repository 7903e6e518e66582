/**
 * The registry's own HTTP, at `/v2/`: what docker, podman, buildah and skopeo push to and pull from. Each step asks for what ECR's API
 * asks for on its behalf, as whoever the password was issued to. Source: OCI distribution specification 1.1.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Cloud } from "../../../cloud.ts";
import type { OperationContext } from "../../../service.ts";
import { serveBlobs } from "./blobs.ts";
import { serveManifests, serveReferrers, serveTags } from "./manifests.ts";
import { answerError, asRegistryError, RegistryError } from "./registry-error.ts";
import type { RegistryRequest } from "./request.ts";
import { readToken } from "./token.ts";
import { serveUploads } from "./uploads.ts";

const parts: readonly [RegExp, (asked: RegistryRequest) => Promise<void>][] = [
  [/^\/v2\/(.+)\/blobs\/uploads\/([^/]*)$/, serveUploads],
  [/^\/v2\/(.+)\/blobs\/([^/]+)$/, serveBlobs],
  [/^\/v2\/(.+)\/manifests\/([^/]+)$/, serveManifests],
  [/^\/v2\/(.+)\/(?:tags)\/(list)$/, serveTags],
  [/^\/v2\/(.+)\/referrers\/([^/]+)$/, serveReferrers],
];

export async function serveRegistry(request: IncomingMessage, response: ServerResponse, cloud: Cloud): Promise<void> {
  response.setHeader("docker-distribution-api-version", "registry/2.0");
  const controller = new AbortController();
  response.once("close", () => controller.abort());
  try {
    const context = contextOf(request, cloud, AbortSignal.any([controller.signal, cloud.stopping]));
    const url = new URL(request.url ?? "/", "http://registry");
    if (/^\/v2\/?$/.test(url.pathname)) {
      response.writeHead(200, { "content-type": "application/json", "content-length": 2 }).end("{}");
      return;
    }
    const at = `${url.pathname}${url.pathname.endsWith("/blobs/uploads") ? "/" : ""}`;
    for (const [pattern, serve] of parts) {
      const [, name, reference] = pattern.exec(at) ?? [];
      if (name === undefined || reference === undefined) continue;
      const asked = { method: request.method ?? "GET", name, reference: decodeURIComponent(reference), query: url.searchParams };
      await serve({ ...asked, request, response, context });
      return;
    }
    throw new RegistryError(404, "UNSUPPORTED", `There is nothing at ${url.pathname}.`);
  } catch (error) {
    const known = asRegistryError(error);
    if (!known || response.headersSent) throw error;
    // What is left of a body that is not wanted any more.
    request.resume();
    if (known.status === 401) response.setHeader("www-authenticate", `Basic realm="${cloud.endpoint}/",service="ecr.amazonaws.com"`);
    answerError(response, known);
  }
}

/** Who asks, by the password that GetAuthorizationToken gave. */
function contextOf({ headers }: IncomingMessage, cloud: Cloud, signal: AbortSignal): OperationContext {
  const [, basic] = /^Basic (.+)$/i.exec(headers.authorization ?? "") ?? [];
  if (basic === undefined) throw new RegistryError(401, "UNAUTHORIZED", "Not Authorized");
  const [user, ...password] = Buffer.from(basic, "base64").toString().split(":");
  const holder = user === "AWS" ? readToken(cloud, password.join(":")) : undefined;
  if (!holder) throw new RegistryError(401, "UNAUTHORIZED", "Not Authorized");
  if (holder.expiresMs <= cloud.world.clock.nowMs()) {
    throw new RegistryError(403, "DENIED", "Your authorization token has expired. Reauthenticate and try again.");
  }
  const { principal, region } = holder;
  const requestId = cloud.world.random.uuid();
  return { cloud, account: cloud.account, region, principal, requestId, signal, call: cloud.as(principal, region) };
}
