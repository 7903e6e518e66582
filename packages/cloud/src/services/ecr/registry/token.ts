/** The passwords that registry clients log in with: signed statements of who asked for one and until when it holds, so nothing is kept of them. */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { Cloud } from "../../../cloud.ts";
import type { Principal } from "../../../identity/principal.ts";
import type { OperationContext } from "../../../service.ts";

/** Amazon ECR User Guide, "Private registry authentication": 12 hours. */
export const tokenValidMs = 12 * 3_600_000;

export interface TokenHolder {
  principal: Principal;
  region: string;
  expiresMs: number;
}

/** The password that stands for the caller, in this region. */
export function issueToken({ cloud, principal, region }: OperationContext): string {
  const holder: TokenHolder = { principal, region, expiresMs: cloud.world.clock.nowMs() + tokenValidMs };
  const payload = Buffer.from(JSON.stringify(holder)).toString("base64url");
  return `${payload}.${signatureOf(cloud, payload)}`;
}

/** `undefined` for what this cloud has not issued. It may have run out. */
export function readToken(cloud: Cloud, password: string): TokenHolder | undefined {
  const [payload = "", signature = ""] = password.split(".");
  const expected = Buffer.from(signatureOf(cloud, payload));
  const given = Buffer.from(signature);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
  return JSON.parse(Buffer.from(payload, "base64url").toString()) as TokenHolder;
}

const signatureOf = (cloud: Cloud, payload: string) => createHmac("sha256", keyOf(cloud)).update(payload).digest("base64url");

/** Made once, so that a token outlives a restart of the cloud. */
function keyOf(cloud: Cloud): Buffer {
  const keys = cloud.store.collection<{ hex: string }>("ecr-token-key");
  const known = keys.get("", "key") ?? { hex: Buffer.from(cloud.world.random.bytes(32)).toString("hex") };
  if (!keys.has("", "key")) keys.put("", "key", known);
  return Buffer.from(known.hex, "hex");
}
