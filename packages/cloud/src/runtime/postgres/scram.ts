/** SCRAM-SHA-256 as PostgreSQL keeps and checks it (RFC 5802, RFC 7677), so that no password is ever sent to a server's log or kept in clear. */
import { createHash, createHmac, pbkdf2Sync, timingSafeEqual } from "node:crypto";

export interface ScramVerifier {
  iterations: number;
  salt: Buffer;
  storedKey: Buffer;
  serverKey: Buffer;
}

/** What PostgreSQL itself uses unless `scram_iterations` says otherwise. */
export const scramIterations = 4096;

/** As `pg_authid.rolpassword` holds it: `SCRAM-SHA-256$4096:SALT$STORED:SERVER`. */
export function scramVerifier(password: string, salt: Uint8Array): string {
  const salted = pbkdf2Sync(password.normalize("NFKC"), salt, scramIterations, 32, "sha256");
  const storedKey = sha256(hmac(salted, "Client Key"));
  const serverKey = hmac(salted, "Server Key");
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");
  return `SCRAM-SHA-256$${scramIterations}:${base64(salt)}$${base64(storedKey)}:${base64(serverKey)}`;
}

/** `undefined` when `text` is no such verifier. */
export function parseScramVerifier(text: string): ScramVerifier | undefined {
  const match = /^SCRAM-SHA-256\$(\d+):([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]+):([A-Za-z0-9+/=]+)$/.exec(text);
  if (!match) return undefined;
  const [, iterations, salt, storedKey, serverKey] = match as unknown as [string, string, string, string, string];
  const bytes = (value: string) => Buffer.from(value, "base64");
  return { iterations: Number(iterations), salt: bytes(salt), storedKey: bytes(storedKey), serverKey: bytes(serverKey) };
}

/** The server's signature when `proof` is one of the password behind `verifier`, else `undefined`. `authMessage` is RFC 5802's AuthMessage. */
export function checkScramProof(verifier: ScramVerifier, authMessage: string, proof: Buffer): Buffer | undefined {
  const signature = hmac(verifier.storedKey, authMessage);
  if (proof.length !== signature.length) return undefined;
  const clientKey = Buffer.from(proof.map((byte, index) => byte ^ signature[index]!));
  return timingSafeEqual(sha256(clientKey), verifier.storedKey) ? hmac(verifier.serverKey, authMessage) : undefined;
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(bytes).digest();
}

function hmac(key: Uint8Array, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
