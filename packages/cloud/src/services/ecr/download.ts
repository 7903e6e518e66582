/** Downloads of layers: addresses that hold for an hour, each with a token of its own. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Cloud } from "../../cloud.ts";
import { readLayer } from "../../runtime/tasks/layers.ts";

const validMs = 3_600_000;
const granted = Symbol("ecr downloads");

const grants = (cloud: Cloud) => cloud.memory(granted, () => new Map<string, { digest: string; untilMs: number }>());

export function downloadUrl(cloud: Cloud, digest: string): string {
  const nowMs = cloud.world.clock.nowMs();
  for (const [token, { untilMs }] of grants(cloud)) if (untilMs < nowMs) grants(cloud).delete(token);
  const token = cloud.world.random.hex(48);
  grants(cloud).set(token, { digest, untilMs: nowMs + validMs });
  return `${cloud.endpoint}/_plinth/layers/${token}`;
}

export async function serveDownload(request: IncomingMessage, response: ServerResponse, cloud: Cloud): Promise<void> {
  const token = (request.url ?? "").split("?")[0]!.split("/").at(-1)!;
  const grant = grants(cloud).get(token);
  const content = grant && grant.untilMs >= cloud.world.clock.nowMs() ? await readLayer(cloud, grant.digest) : undefined;
  if (!content) {
    response.writeHead(403, { "content-type": "text/plain" }).end("Request has expired\n");
    return;
  }
  response.writeHead(200, { "content-type": "application/octet-stream", "content-length": content.byteLength }).end(content);
}
