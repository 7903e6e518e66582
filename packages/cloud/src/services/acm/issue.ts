/** How requested certificates come about: the cloud's own authority issues them, for on this machine every name is the user's own. */
import type { Cloud } from "../../cloud.ts";
import { certificateFor } from "../../runtime/authority.ts";
import { type CertificateRecord, certificates, placeRecord, saveCertificate } from "./certificate.ts";

/** Resolves when it is issued. Nothing happens to one that has gone meanwhile. */
export async function issue(cloud: Cloud, region: string, { arn, domainName, alternativeNames }: CertificateRecord): Promise<void> {
  const files = await certificateFor(cloud, { owner: arn, names: [...new Set([domainName, ...alternativeNames])], addresses: [] });
  const [chain, keyPem] = [
    await cloud.world.disk.files.readFile(files.certificateFile, "utf8"),
    await cloud.world.disk.files.readFile(files.keyFile, "utf8"),
  ];
  const [certificatePem = "", ...rest] = chain.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  const now = certificates(cloud).get(region, arn);
  if (!now) return;
  saveCertificate(
    { cloud, region, account: cloud.account },
    { ...now, status: "ISSUED", issuedMs: cloud.world.clock.nowMs(), certificatePem, chainPem: `${rest.join("\n")}\n`, keyPem },
  );
}

/** At a start: those issued are handed out again, those that were under way are issued now. */
export async function resumeCertificates(cloud: Cloud): Promise<void> {
  for (const { scope, value } of certificates(cloud).all()) {
    if (value.status === "ISSUED") placeRecord(cloud, value);
    else await issue(cloud, scope, value);
  }
}
