/** The cloud's own certificate authority: what listens with TLS gets a certificate that clients check against one file. */
import { createHash, createPrivateKey, KeyObject, webcrypto, X509Certificate } from "node:crypto";
import type { Cloud } from "../cloud.ts";
import { loadX509 } from "./x509.ts";

export interface CertificateRequest {
  /** Whose it is, as `rds/eu-central-1/orders`: the same owner gets the same certificate until it nears its end. */
  owner: string;
  /** DNS names, the first of which is the subject's common name too. */
  names: readonly string[];
  /** IP addresses. */
  addresses: readonly string[];
}

export interface CertificateFiles {
  /** The certificate and, after it, the authority's: the chain as servers present it. PEM. */
  certificateFile: string;
  /** PKCS #8, PEM, mode 0600. */
  keyFile: string;
}

const dayMs = 24 * 60 * 60 * 1000;
const authorityDays = 3650;
const certificateDays = 397; // the longest that public clients accept (CA/Browser Forum, ballot SC31)
const renewalDays = 30;
const algorithm = { name: "ECDSA", namedCurve: "P-256" } as const;
const signing = { name: "ECDSA", hash: "SHA-256" } as const;

const memory = Symbol("authority");

/** What is being made, by owner, so that two callers at once get one certificate. */
const underWay = (cloud: Cloud) => cloud.memory(memory, () => new Map<string, Promise<unknown>>());

/** The path of the authority's certificate (PEM): what clients trust. Made at first use, kept in the state folder. */
export async function authorityFile(cloud: Cloud): Promise<string> {
  await authority(cloud);
  return cloud.world.disk.path("authority", "ca.pem");
}

/** A certificate and key for `owner`, on disk; made anew when it nears its end, when its names changed or the authority did. */
export async function certificateFor(cloud: Cloud, request: CertificateRequest): Promise<CertificateFiles> {
  return once(cloud, `certificate ${request.owner}`, async () => {
    const { disk, clock } = cloud.world;
    const folder = disk.path("authority", createHash("sha256").update(request.owner).digest("hex").slice(0, 32));
    const files = { certificateFile: `${folder}/certificate.pem`, keyFile: `${folder}/key.pem` };
    const issuer = await authority(cloud);
    const kept = await readPem(cloud, files.certificateFile);
    const keptKey = await readPem(cloud, files.keyFile);
    if (kept && keptKey && serves(kept, request, issuer.certificate, clock.nowMs())) return files;

    const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
    const x509 = await loadX509();
    const issuerCertificate = new x509.X509Certificate(issuer.certificate.toString());
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: serialNumber(cloud),
      subject: `CN=${request.names[0] ?? request.addresses[0] ?? "localhost"}`,
      issuer: issuerCertificate.subject,
      ...validity(clock.nowMs(), certificateDays),
      publicKey: keys.publicKey,
      signingKey: issuer.key,
      signingAlgorithm: signing,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
        new x509.SubjectAlternativeNameExtension([
          ...request.names.map((value) => ({ type: "dns" as const, value })),
          ...request.addresses.map((value) => ({ type: "ip" as const, value })),
        ]),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
        await x509.AuthorityKeyIdentifierExtension.create(issuerCertificate),
      ],
    });
    // The key first: a crash in between leaves a pair that does not fit, which the next call notices by the missing or older certificate.
    await disk.files.rm(files.certificateFile, { force: true });
    await disk.replaceFile(files.keyFile, keyPem(keys.privateKey));
    await disk.replaceFile(files.certificateFile, `${certificate.toString("pem")}\n${issuer.certificate.toString()}`);
    return files;
  });
}

interface Authority {
  certificate: X509Certificate;
  key: webcrypto.CryptoKey;
}

async function authority(cloud: Cloud): Promise<Authority> {
  return once(cloud, "authority", async () => {
    const { disk, clock } = cloud.world;
    const [certificateFile, keyFile] = [disk.path("authority", "ca.pem"), disk.path("authority", "ca.key")];
    const [certificatePem, kept] = [await readPem(cloud, certificateFile), await readPem(cloud, keyFile)];
    if (certificatePem && kept) {
      const certificate = new X509Certificate(certificatePem);
      if (certificate.validToDate.getTime() - clock.nowMs() > certificateDays * dayMs) return { certificate, key: importKey(kept) };
    }
    const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
    const x509 = await loadX509();
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      serialNumber: serialNumber(cloud),
      name: "CN=Plinth local authority",
      ...validity(clock.nowMs(), authorityDays),
      keys,
      signingAlgorithm: signing,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    await disk.files.rm(certificateFile, { force: true });
    await disk.replaceFile(keyFile, keyPem(keys.privateKey));
    const pem = `${certificate.toString("pem")}\n`;
    await disk.replaceFile(certificateFile, pem);
    return { certificate: new X509Certificate(pem), key: keys.privateKey };
  });
}

function serves(pem: string, request: CertificateRequest, issuer: X509Certificate, nowMs: number): boolean {
  const certificate = new X509Certificate(pem);
  if (certificate.validFromDate.getTime() > nowMs) return false;
  if (certificate.validToDate.getTime() - nowMs < renewalDays * dayMs) return false;
  const names = certificate.subjectAltName?.split(", ") ?? [];
  const wanted = [...request.names.map((name) => `DNS:${name}`), ...request.addresses.map((address) => `IP Address:${address}`)];
  if (names.length !== wanted.length || wanted.some((name) => !names.includes(name))) return false;
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

/** From a day ago, so that clocks which differ a little do not refuse it. */
function validity(nowMs: number, days: number): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(nowMs - dayMs), notAfter: new Date(nowMs + (days - 1) * dayMs) };
}

/** 127 random bits: positive and unique (RFC 5280, 4.1.2.2). */
function serialNumber(cloud: Cloud): string {
  const bytes = Buffer.from(cloud.world.random.bytes(16));
  bytes[0] = (bytes[0]! & 0x7f) | 0x40;
  return bytes.toString("hex");
}

function keyPem(key: webcrypto.CryptoKey): string {
  return KeyObject.from(key).export({ type: "pkcs8", format: "pem" }) as string;
}

function importKey(pem: string): webcrypto.CryptoKey {
  return createPrivateKey(pem).toCryptoKey(algorithm, true, ["sign"]);
}

async function readPem(cloud: Cloud, file: string): Promise<string | undefined> {
  try {
    return await cloud.world.disk.files.readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function once<T>(cloud: Cloud, key: string, make: () => Promise<T>): Promise<T> {
  const waiting = underWay(cloud);
  const found = waiting.get(key) as Promise<T> | undefined;
  if (found) return found;
  const made = make().finally(() => waiting.delete(key));
  waiting.set(key, made);
  return made;
}
