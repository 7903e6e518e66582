/** SCRAM-SHA-256 verifiers, as PostgreSQL keeps passwords. Source: RFC 5802, RFC 7677. */
import { createHash, createHmac, pbkdf2Sync } from "node:crypto";

const iterations = 4096;

/**
 * The verifier of a password: `SCRAM-SHA-256$4096:salt$stored:server`. The password is taken as it is (letters and digits need no SASLprep).
 * @param salt 16 random bytes
 */
export function scramVerifier(password: string, salt: Uint8Array): string {
  const salted = pbkdf2Sync(password, salt, iterations, 32, "sha256");
  const key = (name: string): Buffer => createHmac("sha256", salted).update(name).digest();
  const stored = createHash("sha256").update(key("Client Key")).digest("base64");
  return `SCRAM-SHA-256$${iterations}:${Buffer.from(salt).toString("base64")}$${stored}:${key("Server Key").toString("base64")}`;
}
