/** Certificates: what is kept of them, and what is read out of their PEM text. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import type { CertificateDetail } from "@aws-sdk/client-acm";
import type { Cloud } from "../../cloud.ts";
import { placeCertificate, usersOfCertificate } from "../../runtime/certificates.ts";
import type { OperationContext } from "../../service.ts";
import type { Collection } from "../../store.ts";
import { extendedKeyUsagesOf, keyUsagesOf } from "./key-usage.ts";
import { invalidArn, notFound } from "./errors.ts";

export type Scope = Pick<OperationContext, "cloud" | "account" | "region">;

export interface CertificateRecord {
  arn: string;
  type: "IMPORTED" | "AMAZON_ISSUED";
  status: "PENDING_VALIDATION" | "ISSUED" | "VALIDATION_TIMED_OUT" | "FAILED";
  /** Of one that failed: `CAA_ERROR`. */
  failureReason?: string;
  domainName: string;
  alternativeNames: string[];
  createdMs: number;
  issuedMs?: number;
  /** As imported, or as the local authority issued it. */
  certificatePem?: string;
  chainPem?: string;
  keyPem?: string;
  keyAlgorithm: string;
  transparencyLogging: "ENABLED" | "DISABLED";
  /** By domain, the record that proves whose it is, and whether it was found. A domain and its wildcard have one and the same. */
  validation?: { domainName: string; recordName: string; recordValue: string; found?: boolean }[];
  idempotencyToken?: string;
  tags: Record<string, string>;
}

export const certificates = (cloud: Cloud): Collection<CertificateRecord> => cloud.store.collection("acm:certificate");

const arnPattern = /^arn:aws[\w-]*:acm:[\w-]*:\d{12}:certificate\/[\w-]+$/;

export function requireCertificate({ cloud, region, account }: Scope, arn: string): CertificateRecord {
  if (!arnPattern.test(arn)) throw invalidArn(arn);
  const found = certificates(cloud).get(region, arn);
  if (!found) throw notFound(arn, account);
  return found;
}

/** Writes it down and hands it to whoever terminates TLS. */
export function saveCertificate({ cloud, region }: Scope, record: CertificateRecord): void {
  certificates(cloud).put(region, record.arn, record);
  placeRecord(cloud, record);
}

export function placeRecord(
  cloud: Cloud,
  { arn, certificatePem, chainPem = "", keyPem, domainName, alternativeNames }: CertificateRecord,
): void {
  if (certificatePem === undefined || keyPem === undefined) return;
  placeCertificate(cloud, arn, {
    certificatePem: `${certificatePem.trimEnd()}\n${chainPem}`,
    keyPem,
    names: [...new Set([domainName, ...alternativeNames])],
  });
}

/** The DNS names of a certificate: its subject first, then the others. */
export function namesOf(certificate: X509Certificate): string[] {
  const common = /^CN=(.+)$/m.exec(certificate.subject)?.[1];
  const alternative = (certificate.subjectAltName ?? "").split(", ").flatMap((each) => (each.startsWith("DNS:") ? each.slice(4) : []));
  return [...new Set([...(common !== undefined ? [common] : []), ...alternative])];
}

export function keyAlgorithmOf(keyPem: string): string {
  const key = createPrivateKey(keyPem);
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === "rsa") return `RSA_${modulusLength}`;
  return { prime256v1: "EC_prime256v1", secp384r1: "EC_secp384r1", secp521r1: "EC_secp521r1" }[namedCurve ?? ""] ?? "EC_prime256v1";
}

export function describe(cloud: Cloud, record: CertificateRecord): CertificateDetail {
  const users = usersOfCertificate(cloud, record.arn);
  const imported = record.type === "IMPORTED";
  const own = record.certificatePem === undefined ? undefined : new X509Certificate(record.certificatePem);
  return {
    CertificateArn: record.arn,
    DomainName: record.domainName,
    SubjectAlternativeNames: [...new Set([record.domainName, ...record.alternativeNames])],
    // Before it is issued it tells what will be.
    Subject: own ? own.subject.replaceAll("\n", ",") : `CN=${record.domainName}`,
    Issuer: own ? (/^(?:O|CN)=(.+)$/m.exec(own.issuer)?.[1] ?? own.issuer) : "Amazon",
    SignatureAlgorithm: record.keyAlgorithm.startsWith("RSA") ? "SHA256WITHRSA" : "SHA256WITHECDSA",
    KeyUsages: own ? keyUsagesOf(own) : [],
    ExtendedKeyUsages: own ? extendedKeyUsagesOf(own) : [],
    ...(own && {
      Serial: own.serialNumber.toLowerCase().replaceAll(/(..)(?=.)/g, "$1:"),
      NotBefore: own.validFromDate,
      NotAfter: own.validToDate,
    }),
    CreatedAt: new Date(record.createdMs),
    ...(imported && { ImportedAt: new Date(record.createdMs) }),
    ...(!imported && record.issuedMs !== undefined && { IssuedAt: new Date(record.issuedMs) }),
    Status: record.status,
    ...(record.failureReason !== undefined && { FailureReason: record.failureReason as "CAA_ERROR" }),
    // Whoever asks for RSA_2048 is told of RSA-2048.
    KeyAlgorithm: record.keyAlgorithm.replace("RSA_", "RSA-") as "RSA_2048",
    InUseBy: users,
    Type: record.type,
    RenewalEligibility: !imported && users.length > 0 && record.status === "ISSUED" ? "ELIGIBLE" : "INELIGIBLE",
    Options: { CertificateTransparencyLoggingPreference: record.transparencyLogging, Export: "DISABLED" },
    ...(imported && {
      DomainValidationOptions: [...new Set([record.domainName, ...record.alternativeNames])].map((DomainName) => ({ DomainName })),
    }),
    ...(record.validation && {
      DomainValidationOptions: record.validation.map(({ domainName, recordName, recordValue, found }) => ({
        DomainName: domainName,
        ValidationDomain: domainName,
        ValidationStatus: validationStatus(record, found),
        ResourceRecord: { Name: recordName, Type: "CNAME" as const, Value: recordValue },
        ValidationMethod: "DNS" as const,
      })),
    }),
  };
}

function validationStatus({ status }: CertificateRecord, found: boolean | undefined): "SUCCESS" | "PENDING_VALIDATION" | "FAILED" {
  if (status === "ISSUED" || found) return "SUCCESS";
  return status === "PENDING_VALIDATION" ? "PENDING_VALIDATION" : "FAILED";
}
