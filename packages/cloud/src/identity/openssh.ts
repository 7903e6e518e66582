/** Keys in OpenSSH's forms: public ones on one line (RFC 4253, RFC 8709), Ed25519's private ones in the `openssh-key-v1` container. */
import { createHash, createPublicKey, type KeyObject } from "node:crypto";

/** A field of the SSH wire format: four bytes of length, then the bytes. */
function field(value: Buffer | string): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** A positive number: a leading zero byte keeps its sign. */
const positive = (bytes: Buffer) => field(bytes[0]! & 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes);

const base64url = (text: string | undefined) => Buffer.from(text ?? "", "base64url");

/** The public key in the SSH wire format; `key` is RSA or Ed25519. */
export function sshBlob(key: KeyObject): Buffer {
  const jwk = key.export({ format: "jwk" });
  if (key.asymmetricKeyType === "ed25519") return Buffer.concat([field("ssh-ed25519"), field(base64url(jwk.x))]);
  return Buffer.concat([field("ssh-rsa"), positive(base64url(jwk.e)), positive(base64url(jwk.n))]);
}

/** `ssh-rsa AAAA…` or `ssh-ed25519 AAAA…`. */
export const sshLine = (key: KeyObject): string =>
  `${key.asymmetricKeyType === "ed25519" ? "ssh-ed25519" : "ssh-rsa"} ${sshBlob(key).toString("base64")}`;

/** The key of such a line, or of the same in PEM or DER; `undefined` when it is none, or of another kind. */
export function publicKeyFrom(material: Uint8Array): KeyObject | undefined {
  const text = Buffer.from(material).toString("latin1").trim();
  const [kind, encoded] = text.split(/\s+/);
  try {
    if (kind === "ssh-rsa" || kind === "ssh-ed25519") return fromBlob(kind, Buffer.from(encoded ?? "", "base64"));
    const key = text.startsWith("-----BEGIN ")
      ? createPublicKey(text)
      : createPublicKey({ key: Buffer.from(material), format: "der", type: "spki" });
    return key.asymmetricKeyType === "rsa" || key.asymmetricKeyType === "ed25519" ? key : undefined;
  } catch {
    return undefined;
  }
}

function fromBlob(kind: "ssh-rsa" | "ssh-ed25519", blob: Buffer): KeyObject | undefined {
  const fields: Buffer[] = [];
  for (let at = 0; at < blob.length;) {
    const length = blob.readUInt32BE(at);
    if (at + 4 + length > blob.length) return undefined;
    fields.push(blob.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  if (fields[0]?.toString() !== kind || fields.length !== (kind === "ssh-rsa" ? 3 : 2)) return undefined;
  const number = (bytes: Buffer) => bytes.subarray(bytes[0] === 0 ? 1 : 0).toString("base64url");
  const jwk =
    kind === "ssh-rsa"
      ? { kty: "RSA", e: number(fields[1]!), n: number(fields[2]!) }
      : { kty: "OKP", crv: "Ed25519", x: fields[1]!.toString("base64url") };
  return createPublicKey({ key: jwk, format: "jwk" });
}

/** An Ed25519 private key, not enciphered, as OpenSSH's own `ssh-keygen` writes it. `check` is 4 random bytes. */
export function opensshPrivateKey(privateKey: KeyObject, check: Uint8Array): string {
  const jwk = privateKey.export({ format: "jwk" });
  const blob = sshBlob(createPublicKey(privateKey));
  const secret = Buffer.concat([base64url(jwk.d), base64url(jwk.x)]);
  const plain = Buffer.concat([Buffer.from(check), Buffer.from(check), blob, field(secret), field("")]);
  const padding = Buffer.from(Array.from({ length: (8 - (plain.length % 8)) % 8 }, (_, index) => index + 1));
  const one = Buffer.alloc(4);
  one.writeUInt32BE(1);
  const whole = Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    field("none"),
    field("none"),
    field(""),
    one,
    field(blob),
    field(Buffer.concat([plain, padding])),
  ]);
  const lines = whole.toString("base64").match(/.{1,70}/g)!;
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines.join("\n")}\n-----END OPENSSH PRIVATE KEY-----\n`;
}

/** `aa:bb:…` of the digest. */
export const colonHex = (algorithm: "md5" | "sha1", bytes: Uint8Array): string =>
  createHash(algorithm).update(bytes).digest("hex").match(/../g)!.join(":");
