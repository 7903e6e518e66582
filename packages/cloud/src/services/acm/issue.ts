/**
 * How requested certificates come about: the records that prove whose a domain is are looked up in the public zones of this cloud, and
 * once all are found the cloud's own authority issues. Source: ACM User Guide, "DNS validation" and "(Optional) Configure a CAA record".
 */
import type { Cloud } from "../../cloud.ts";
import { certificateFor } from "../../runtime/authority.ts";
import { onPublicNamesChange, publicNames } from "../../runtime/dns/public-names.ts";
import { type CertificateRecord, certificates, placeRecord, saveCertificate } from "./certificate.ts";

/** After that a request is given up. */
const patienceMs = 72 * 60 * 60 * 1000;
/** Whom a CAA record may name, so that Amazon may issue. */
const amazon = ["amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com"];

/** Looks for the records of one that waits, and has it issued when all are there. */
export async function validate(cloud: Cloud, region: string, arn: string): Promise<void> {
  const record = certificates(cloud).get(region, arn);
  if (record?.status !== "PENDING_VALIDATION" || !record.validation) return;
  const names = publicNames(cloud);
  const validation = record.validation.map((each) => ({
    ...each,
    // Once proven it stays so.
    found: each.found === true || (names(bare(each.recordName), "CNAME") ?? []).includes(bare(each.recordValue)),
  }));
  const all = validation.every(({ found }) => found);
  const forbidden = all && validation.some(({ domainName }) => isForbidden(cloud, domainName));
  const late = !all && cloud.world.clock.nowMs() - record.createdMs > patienceMs;
  const changed: CertificateRecord = {
    ...record,
    validation,
    ...(late && { status: "VALIDATION_TIMED_OUT" }),
    ...(forbidden && { status: "FAILED", failureReason: "CAA_ERROR" }),
  };
  if (JSON.stringify(changed) !== JSON.stringify(record)) certificates(cloud).put(region, arn, changed);
  if (all && !forbidden) await issue(cloud, region, changed);
}

const bare = (name: string) => name.replace(/\.$/, "").toLowerCase();

/** Whether the nearest CAA records, upwards from the domain, name other authorities alone (RFC 8659, 3). */
function isForbidden(cloud: Cloud, domainName: string): boolean {
  const wildcard = domainName.startsWith("*.");
  for (let at = bare(domainName).replace(/^\*\./, ""); at.includes("."); at = at.slice(at.indexOf(".") + 1)) {
    const records = publicNames(cloud)(at, "CAA") ?? [];
    if (records.length === 0) continue;
    const of = (tag: string) => records.filter((record) => record.split(" ")[1] === tag);
    const asked = wildcard && of("issuewild").length > 0 ? of("issuewild") : of("issue");
    return asked.length > 0 && !asked.some((record) => amazon.includes(/"([^";]*)/.exec(record)?.[1]?.trim() ?? ""));
  }
  return false;
}

/** Resolves when it is issued. Nothing happens to one that has gone meanwhile. */
async function issue(cloud: Cloud, region: string, { arn, domainName, alternativeNames }: CertificateRecord): Promise<void> {
  const files = await certificateFor(cloud, { owner: arn, names: [...new Set([domainName, ...alternativeNames])], addresses: [] });
  const [chain, keyPem] = [
    await cloud.world.disk.files.readFile(files.certificateFile, "utf8"),
    await cloud.world.disk.files.readFile(files.keyFile, "utf8"),
  ];
  const [certificatePem = "", ...rest] = chain.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  const now = certificates(cloud).get(region, arn);
  if (now?.status !== "PENDING_VALIDATION") return;
  saveCertificate(
    { cloud, region, account: cloud.account },
    { ...now, status: "ISSUED", issuedMs: cloud.world.clock.nowMs(), certificatePem, chainPem: `${rest.join("\n")}\n`, keyPem },
  );
}

/** For requests whose answer does not wait for it. */
export function validateSoon(cloud: Cloud, region: string, arn: string): void {
  validate(cloud, region, arn).catch((error: unknown) => {
    if (!cloud.stopping.aborted) console.error(`acm: ${arn} was not validated:`, error);
  });
}

/** At a start: those issued are handed out again, those that wait are looked at now and whenever a zone changes. */
export async function resumeCertificates(cloud: Cloud): Promise<void> {
  onPublicNamesChange(cloud, () => {
    for (const { scope, value } of certificates(cloud).all())
      if (value.status === "PENDING_VALIDATION") validateSoon(cloud, scope, value.arn);
  });
  for (const { scope, value } of certificates(cloud).all()) {
    if (value.status === "ISSUED") placeRecord(cloud, value);
    else await validate(cloud, scope, value.arn);
  }
}
