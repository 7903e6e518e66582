/**
 * Whom a server believes that a role has proven itself elsewhere: a certificate in the role's name, signed by an authority that lives only in
 * this process. Servers that have a gate before them (gate.ts) take logins in no other way.
 */
import { webcrypto, KeyObject } from "node:crypto";
import type { Cloud } from "../../cloud.ts";
import { loadX509 } from "../x509.ts";

export interface LoginCertificate {
  /** PEM. */
  cert: string;
  /** PKCS #8, PEM. */
  key: string;
}

export interface LoginAuthority {
  /** What servers trust. PEM. */
  readonly certificate: string;
  certificateFor(role: string): Promise<LoginCertificate>;
}

const algorithm = { name: "ECDSA", namedCurve: "P-256" } as const;
const signing = { name: "ECDSA", hash: "SHA-256" } as const;
/** It ends with this process, and the server's clock is not the cloud's where that is simulated. */
const always = { notBefore: new Date("2000-01-01T00:00:00Z"), notAfter: new Date("2099-12-31T00:00:00Z") };
/** Making one takes milliseconds, and clients come in hundreds; whoever tries many names gains no memory by it. */
const keptCertificates = 256;
/** PostgreSQL cuts longer names off (NAMEDATALEN). */
const nameBytes = 63;

const memory = Symbol("login authority");

export const loginAuthority = (cloud: Cloud): Promise<LoginAuthority> => cloud.memory(memory, () => make(cloud));

async function make(cloud: Cloud): Promise<LoginAuthority> {
  const x509 = await loadX509();
  const newKeys = () => webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const serialNumber = () => Buffer.from([0x40, ...cloud.world.random.bytes(15)]).toString("hex");
  const [issuer, login] = await Promise.all([newKeys(), newKeys()]);
  const name = "CN=Plinth database logins";
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name,
    ...always,
    keys: issuer,
    signingAlgorithm: signing,
    extensions: [new x509.BasicConstraintsExtension(true, 0, true), new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true)],
  });
  const key = KeyObject.from(login.privateKey).export({ type: "pkcs8", format: "pem" }) as string;
  const made = new Map<string, LoginCertificate>();
  return {
    certificate: certificate.toString("pem"),
    async certificateFor(role) {
      const subject = cutOff(role);
      const known = made.get(subject);
      if (known) return known;
      const signed = await x509.X509CertificateGenerator.create({
        serialNumber: serialNumber(),
        subject: new x509.Name([{ CN: [{ utf8String: subject }] }]),
        issuer: name,
        ...always,
        publicKey: login.publicKey,
        signingKey: issuer.privateKey,
        signingAlgorithm: signing,
        extensions: [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth])],
      });
      const certificateOfRole = { cert: signed.toString("pem"), key };
      made.set(subject, certificateOfRole);
      if (made.size > keptCertificates) made.delete(made.keys().next().value!);
      return certificateOfRole;
    },
  };
}

/** Whole characters only, as the server does it. */
function cutOff(role: string): string {
  const bytes = Buffer.from(role);
  if (bytes.length <= nameBytes) return role;
  let end = nameBytes;
  while ((bytes[end]! & 0xc0) === 0x80) end--;
  return bytes.toString("utf8", 0, end);
}
