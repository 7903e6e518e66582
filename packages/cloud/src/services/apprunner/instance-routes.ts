/** What an instance asks of the cloud at its own addresses: its role's credentials, and what it is. */
import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Cloud } from "../../cloud.ts";
import { instances } from "./instance.ts";

/** `/_plinth/instances/ID/credentials`, `/_plinth/instances/ID/v4/ID`. */
export function serveInstance(request: IncomingMessage, response: ServerResponse, cloud: Cloud): void {
  const [, , , id = "", what, container] = (request.url ?? "").split("?")[0]!.split("/");
  const instance = instances(cloud).get(id);
  const answer = (status: number, body: unknown) => {
    response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" }).end(JSON.stringify(body));
  };
  if (request.method !== "GET") return answer(405, { code: "MethodNotAllowed", message: "only GET is answered here" });
  if (!instance) return answer(404, { code: "NotFound", message: "no such instance is running" });
  if (what === "credentials") {
    const [given, expected] = [Buffer.from(String(request.headers.authorization ?? "")), Buffer.from(instance.credentialsToken ?? "")];
    if (expected.byteLength === 0 || given.byteLength !== expected.byteLength || !timingSafeEqual(given, expected))
      return answer(403, { code: "AccessDenied", message: "the authorization token does not match" });
    const found = instance.credentials()!;
    return answer(200, {
      RoleArn: found.principal.kind === "assumed-role" ? found.principal.roleArn : undefined,
      AccessKeyId: found.accessKeyId,
      SecretAccessKey: found.secretAccessKey,
      Token: found.sessionToken,
      Expiration: new Date(found.expiresMs).toISOString(),
    });
  }
  if (what === "v4" && container === id) return answer(200, { DockerId: id, Name: "application", Image: instance.image });
  answer(404, { code: "NotFound", message: "there is nothing here" });
}
