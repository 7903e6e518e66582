/** The client's side of SCRAM-SHA-256 (RFC 5802, RFC 7677), as the pooler logs in to a server. */
import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from "node:crypto";

const withoutChannelBinding = "n,,";

export interface ScramLogin {
  /** The first message. */
  readonly first: string;
  /** The answer to the server's first message. Throws where that is not one. */
  answer(serverFirst: string): string;
  /** Whether the server has known the password too. */
  proves(serverFinal: string): boolean;
}

export function scramLogin(password: string): ScramLogin {
  const nonce = randomBytes(18).toString("base64");
  const bare = `n=,r=${nonce}`;
  let expected: Buffer | undefined;
  return {
    first: `${withoutChannelBinding}${bare}`,
    answer(serverFirst) {
      const [, full, salt, iterations] = /^r=([^,]+),s=([^,]+),i=(\d+)/.exec(serverFirst) ?? [];
      if (!full?.startsWith(nonce) || !salt || !iterations) throw new Error("the server's SCRAM message is none");
      const salted = pbkdf2Sync(password.normalize("NFKC"), Buffer.from(salt, "base64"), Number(iterations), 32, "sha256");
      const clientKey = hmac(salted, "Client Key");
      const withoutProof = `c=${Buffer.from(withoutChannelBinding).toString("base64")},r=${full}`;
      const message = `${bare},${serverFirst},${withoutProof}`;
      const signature = hmac(createHash("sha256").update(clientKey).digest(), message);
      expected = hmac(hmac(salted, "Server Key"), message);
      return `${withoutProof},p=${Buffer.from(clientKey.map((byte, index) => byte ^ signature[index]!)).toString("base64")}`;
    },
    proves(serverFinal) {
      const given = Buffer.from(/^v=(.+)$/.exec(serverFinal)?.[1] ?? "", "base64");
      return expected !== undefined && given.length === expected.length && timingSafeEqual(given, expected);
    },
  };
}

function hmac(key: Uint8Array, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
