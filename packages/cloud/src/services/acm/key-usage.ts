/** What a certificate says that its key is for, in ACM's names. Sources: RFC 5280, 4.2.1.3 and 4.2.1.12; ACM API reference, `KeyUsage` and `ExtendedKeyUsage`. */
import type { X509Certificate } from "node:crypto";
import type { ExtendedKeyUsage, KeyUsage } from "@aws-sdk/client-acm";

/** By bit, the first one first. */
const usages = [
  "DIGITAL_SIGNATURE",
  "NON_REPUDIATION",
  "KEY_ENCIPHERMENT",
  "DATA_ENCIPHERMENT",
  "KEY_AGREEMENT",
  "CERTIFICATE_SIGNING",
  "CRL_SIGNING",
  "ENCIPHER_ONLY",
  "DECIPHER_ONLY",
] as const;

const extended: Readonly<Record<string, NonNullable<ExtendedKeyUsage["Name"]>>> = {
  "1.3.6.1.5.5.7.3.1": "TLS_WEB_SERVER_AUTHENTICATION",
  "1.3.6.1.5.5.7.3.2": "TLS_WEB_CLIENT_AUTHENTICATION",
  "1.3.6.1.5.5.7.3.3": "CODE_SIGNING",
  "1.3.6.1.5.5.7.3.4": "EMAIL_PROTECTION",
  "1.3.6.1.5.5.7.3.5": "IPSEC_END_SYSTEM",
  "1.3.6.1.5.5.7.3.6": "IPSEC_TUNNEL",
  "1.3.6.1.5.5.7.3.7": "IPSEC_USER",
  "1.3.6.1.5.5.7.3.8": "TIME_STAMPING",
  "1.3.6.1.5.5.7.3.9": "OCSP_SIGNING",
  "2.5.29.37.0": "ANY",
};

/** The identifier of the extension `keyUsage`, and what may say behind it that it is critical. */
const keyUsageId = Buffer.from("0603551d0f", "hex");
const critical = Buffer.from("0101ff", "hex");

/** Node reads the extended usages alone; these are the bits of an octet string (04) with a bit string (03) in it. */
export function keyUsagesOf({ raw }: X509Certificate): KeyUsage[] {
  const found = raw.indexOf(keyUsageId);
  if (found === -1) return [];
  let at = found + keyUsageId.length;
  if (raw.subarray(at).indexOf(critical) === 0) at += critical.length;
  if (raw[at] !== 0x04 || raw[at + 2] !== 0x03) return [];
  const bits = raw.subarray(at + 5, at + 4 + raw[at + 3]!);
  return usages.flatMap((Name, bit) => (((bits[bit >> 3] ?? 0) << (bit & 7)) & 0x80 ? [{ Name }] : []));
}

export const extendedKeyUsagesOf = ({ keyUsage }: X509Certificate): ExtendedKeyUsage[] =>
  // Absent where the certificate has no such extension.
  ((keyUsage as string[] | undefined) ?? []).map((OID) => ({ Name: extended[OID] ?? "CUSTOM", OID }));
