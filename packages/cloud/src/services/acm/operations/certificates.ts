/** ImportCertificate, RequestCertificate, and what describes and removes certificates. */
import { createHash, createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import { checkConstraints } from "../../../constraints.ts";
import { pageOf } from "../../../paging.ts";
import { placeCertificate, usersOfCertificate } from "../../../runtime/certificates.ts";
import { systemTagsOf } from "../../../runtime/system-tags.ts";
import { operation } from "../../../service.ts";
import {
  type CertificateRecord,
  certificates,
  describe,
  keyAlgorithmOf,
  namesOf,
  requireCertificate,
  saveCertificate,
} from "../certificate.ts";
import { inProgress, inUse, refused, validation } from "../errors.ts";
import { validate, validateSoon } from "../issue.ts";
import { tagRecord } from "../tags.ts";

const domainPattern = String.raw`(\*\.)?(((?!-)[A-Za-z0-9-]{0,62}[A-Za-z0-9])\.)+((?!-)[A-Za-z0-9-]{1,62}[A-Za-z0-9])`;
const maxNames = 100;
const alphabet = "abcdefghijklmnopqrstuvwxyz";

const newArn = (region: string, account: string, uuid: string) => `arn:aws:acm:${region}:${account}:certificate/${uuid}`;

function readPem(bytes: Uint8Array, what: string): X509Certificate {
  try {
    return new X509Certificate(Buffer.from(bytes));
  } catch {
    throw validation(`The ${what} field contains more than one certificate or is not a valid X.509 certificate in PEM format.`);
  }
}

export const importCertificate = operation("acm", "ImportCertificate", (input, context) => {
  const { cloud, region, account } = context;
  const certificate = readPem(input.Certificate, "certificate");
  const keyPem = Buffer.from(input.PrivateKey).toString("utf8");
  let key;
  try {
    key = createPrivateKey(keyPem);
  } catch {
    throw validation("The private key is not valid, or it is encrypted. It must be in PEM format without a passphrase.");
  }
  const publicPem = createPublicKey(key).export({ type: "spki", format: "pem" });
  if (certificate.publicKey.export({ type: "spki", format: "pem" }) !== publicPem)
    throw validation("The private key does not match the public key of the certificate.");
  const nowMs = cloud.world.clock.nowMs();
  if (certificate.validToDate.getTime() <= nowMs) throw validation("The certificate is expired.");
  if (certificate.validFromDate.getTime() > nowMs) throw validation("The certificate is not yet valid.");
  const chainPem = input.CertificateChain === undefined ? undefined : Buffer.from(input.CertificateChain).toString("utf8");
  if (chainPem !== undefined) readPem(Buffer.from(chainPem), "certificate chain");
  const [domainName = "", ...others] = namesOf(certificate);
  const before = input.CertificateArn === undefined ? undefined : requireCertificate(context, input.CertificateArn);
  if (before && before.type !== "IMPORTED") throw validation("Only imported certificates can be imported again.");
  if (before && input.Tags && input.Tags.length > 0) throw validation("Tagging is not permitted on re-import.");
  const record: CertificateRecord = {
    arn: before?.arn ?? newArn(region, account, cloud.world.random.uuid()),
    type: "IMPORTED",
    status: "ISSUED",
    domainName,
    alternativeNames: others,
    createdMs: before?.createdMs ?? nowMs,
    certificatePem: Buffer.from(input.Certificate).toString("utf8"),
    ...(chainPem !== undefined && { chainPem }),
    keyPem,
    keyAlgorithm: keyAlgorithmOf(keyPem),
    transparencyLogging: "DISABLED",
    tags: before?.tags ?? tagRecord(input.Tags),
  };
  saveCertificate(context, record);
  return { CertificateArn: record.arn };
});

export const requestCertificate = operation("acm", "RequestCertificate", (input, context) => {
  const { cloud, region, account } = context;
  const { DomainName: domainName, SubjectAlternativeNames: given = [] } = input;
  checkConstraints("ValidationException", {
    domainName: [domainName, { length: [1, 253], pattern: domainPattern }],
    subjectAlternativeNames: [input.SubjectAlternativeNames, { length: [1, maxNames] }],
    idempotencyToken: [input.IdempotencyToken, { length: [1, 32], pattern: "\\w+" }],
    validationMethod: [input.ValidationMethod, { enum: ["EMAIL", "DNS", "HTTP"] }],
    keyAlgorithm: [input.KeyAlgorithm, { enum: ["RSA_2048", "EC_prime256v1", "EC_secp384r1"] }],
  });
  for (const name of given)
    checkConstraints("ValidationException", { subjectAlternativeNames: [name, { length: [1, 253], pattern: domainPattern }] });
  if (input.ValidationMethod !== undefined && input.ValidationMethod !== "DNS")
    throw refused(`the validation of domains by ${input.ValidationMethod}`);
  if (input.CertificateAuthorityArn !== undefined) throw refused("private certificate authorities");
  if (input.Options?.Export === "ENABLED") throw refused("certificates that can be exported");
  const alternativeNames = [...new Set(given)].filter((name) => name !== domainName);
  if (input.IdempotencyToken !== undefined) {
    const same = certificates(cloud)
      .list(region)
      .find((each) => each.idempotencyToken === input.IdempotencyToken && each.domainName === domainName);
    if (same && JSON.stringify(same.alternativeNames) === JSON.stringify(alternativeNames)) return { CertificateArn: same.arn };
  }
  const record: CertificateRecord = {
    arn: newArn(region, account, cloud.world.random.uuid()),
    type: "AMAZON_ISSUED",
    status: "PENDING_VALIDATION",
    domainName,
    alternativeNames,
    createdMs: cloud.world.clock.nowMs(),
    // The local authority's keys are all of this kind (runtime/authority.ts).
    keyAlgorithm: "EC_prime256v1",
    transparencyLogging: input.Options?.CertificateTransparencyLoggingPreference ?? "ENABLED",
    validation: [domainName, ...alternativeNames].map((name) => ({ domainName: name, ...proofOf(account, name) })),
    ...(input.IdempotencyToken !== undefined && { idempotencyToken: input.IdempotencyToken }),
    tags: { ...tagRecord(input.Tags), ...systemTagsOf(input) },
  };
  saveCertificate(context, record);
  validateSoon(cloud, region, record.arn);
  return { CertificateArn: record.arn };
});

/**
 * The record that proves a domain. In one account a domain and its wildcard have the same one at every request, so that a record which
 * was made once serves all later certificates.
 */
function proofOf(account: string, name: string): { recordName: string; recordValue: string } {
  const domain = name.replace(/^\*\./, "").toLowerCase();
  const digest = (what: string) => createHash("sha256").update(`${account} ${domain} ${what}`).digest();
  const letters = [...digest("letters").subarray(0, 10)].map((byte) => alphabet[byte % alphabet.length]).join("");
  return {
    recordName: `_${digest("name").toString("hex", 0, 16)}.${domain}.`,
    recordValue: `_${digest("value").toString("hex", 0, 16)}.${letters}.acm-validations.aws.`,
  };
}

export const describeCertificate = operation("acm", "DescribeCertificate", async (input, context) => {
  const { arn, status } = requireCertificate(context, input.CertificateArn);
  // Whether it has waited too long is told by the clock, not by any change.
  if (status === "PENDING_VALIDATION") await validate(context.cloud, context.region, arn);
  return { Certificate: describe(context.cloud, requireCertificate(context, arn)) };
});

export const getCertificate = operation("acm", "GetCertificate", (input, context) => {
  const { arn, certificatePem, chainPem } = requireCertificate(context, input.CertificateArn);
  if (certificatePem === undefined) throw inProgress(arn);
  return { Certificate: certificatePem, ...(chainPem !== undefined && { CertificateChain: chainPem }) };
});

export const listCertificates = operation("acm", "ListCertificates", (input, { cloud, region }) => {
  const { CertificateStatuses: statuses, Includes: includes, MaxItems: size = 1000 } = input;
  checkConstraints("ValidationException", { maxItems: [input.MaxItems, { range: [1, 1000] }] });
  const all = certificates(cloud)
    .list(region)
    .filter(({ status }) => !statuses || statuses.length === 0 || statuses.includes(status))
    .filter(({ keyAlgorithm }) => !includes?.keyTypes || includes.keyTypes.includes(keyAlgorithm as "RSA_2048"));
  const query = JSON.stringify(["ListCertificates", statuses, includes]);
  const { items, nextToken } = pageOf(all, {
    size,
    token: input.NextToken,
    keyOf: ({ arn }) => arn,
    query,
    invalid: () => validation("The next token is not valid."),
  });
  const summaries = items.map((record) => {
    const detail = describe(cloud, record);
    const {
      CertificateArn,
      DomainName,
      Status,
      Type,
      KeyAlgorithm,
      CreatedAt,
      IssuedAt,
      ImportedAt,
      NotBefore,
      NotAfter,
      RenewalEligibility,
    } = detail;
    return Object.fromEntries(
      Object.entries({
        CertificateArn,
        DomainName,
        SubjectAlternativeNameSummaries: detail.SubjectAlternativeNames,
        HasAdditionalSubjectAlternativeNames: false,
        Status,
        Type,
        KeyAlgorithm,
        KeyUsages: detail.KeyUsages?.flatMap(({ Name }) => Name ?? []) ?? [],
        ExtendedKeyUsages: detail.ExtendedKeyUsages?.flatMap(({ Name }) => Name ?? []) ?? [],
        InUse: (detail.InUseBy ?? []).length > 0,
        CreatedAt,
        IssuedAt,
        ImportedAt,
        NotBefore,
        NotAfter,
        RenewalEligibility,
      }).filter(([, value]) => value !== undefined),
    );
  });
  return { CertificateSummaryList: summaries, ...(nextToken !== undefined && { NextToken: nextToken }) };
});

export const deleteCertificate = operation("acm", "DeleteCertificate", (input, context) => {
  const { arn } = requireCertificate(context, input.CertificateArn);
  if (usersOfCertificate(context.cloud, arn).length > 0) throw inUse(arn);
  certificates(context.cloud).delete(context.region, arn);
  placeCertificate(context.cloud, arn, undefined);
  return {};
});
