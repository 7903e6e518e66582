/** Signs what goes to HTTP endpoints, as AWS does: with a key of the cloud's own, whose certificate it serves. */
import { createSign, generateKeyPairSync, webcrypto } from "node:crypto";
import type { Cloud } from "../../cloud.ts";
import { loadX509 } from "../../runtime/x509.ts";

export const certificatePath = "/_plinth/sns/certificate.pem";

interface Kept {
  privateKey: string;
  certificate: string;
}

/** Made at the first use, then kept. */
async function signer(cloud: Cloud): Promise<Kept> {
  const kept = cloud.store.collection<Kept>("sns.signer");
  const found = kept.get("global", "key");
  if (found) return found;
  const { privateKey: pem } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  const x509 = await loadX509();
  x509.cryptoProvider.set(globalThis.crypto);
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/gu, ""), "base64");
  const privateKey = await webcrypto.subtle.importKey("pkcs8", der, algorithm, true, ["sign"]);
  const { kty, n, e } = await webcrypto.subtle.exportKey("jwk", privateKey);
  const publicKey = await webcrypto.subtle.importKey("jwk", { kty: kty!, n: n!, e: e! }, algorithm, true, ["verify"]);
  const nowMs = cloud.world.clock.nowMs();
  const made = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: cloud.world.random.hex(16),
    name: "CN=sns.amazonaws.com",
    notBefore: new Date(nowMs - 86_400_000),
    notAfter: new Date(nowMs + 10 * 365 * 86_400_000),
    signingAlgorithm: algorithm,
    keys: { privateKey, publicKey } as Parameters<typeof x509.X509CertificateGenerator.createSelfSigned>[0]["keys"],
  });
  const fresh = { privateKey: pem, certificate: made.toString("pem") };
  kept.put("global", "key", fresh);
  return fresh;
}

export async function certificate(cloud: Cloud): Promise<string> {
  return (await signer(cloud)).certificate;
}

/** Adds the three members that carry the signature, where AWS writes them: before the link. `version` 1 is SHA-1, 2 is SHA-256, as AWS has them. */
export async function signed<T extends object>(cloud: Cloud, message: T, version: "1" | "2") {
  const given = message as Record<string, unknown>;
  const { UnsubscribeURL, MessageAttributes, ...told } = given;
  const names =
    given["Type"] === "Notification"
      ? ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
      : ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"];
  const text = names.flatMap((name) => (given[name] === undefined ? [] : [`${name}\n${String(given[name])}\n`])).join("");
  const { privateKey } = await signer(cloud);
  const signature = createSign(version === "1" ? "RSA-SHA1" : "RSA-SHA256")
    .update(text)
    .sign(privateKey, "base64");
  const carried = { SignatureVersion: version, Signature: signature, SigningCertURL: `${cloud.endpoint}${certificatePath}` };
  const last = { ...(UnsubscribeURL !== undefined && { UnsubscribeURL }), ...(MessageAttributes !== undefined && { MessageAttributes }) };
  return { ...told, ...carried, ...last } as T & typeof carried;
}
