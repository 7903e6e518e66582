/** Custom domains: proven by CNAME records in this cloud's public zones, then answered with a certificate of their own at the service's address. */
import type { CertificateValidationRecordStatus, CustomDomain, CustomDomainAssociationStatus } from "@aws-sdk/client-apprunner";
import type { Cloud } from "../../cloud.ts";
import { onPublicNamesChange, publicNames } from "../../runtime/dns/public-names.ts";
import { fleetOf } from "./fleet.ts";
import type { Scope } from "./names.ts";
import { allServices, changeService, type DomainRecord, findService, isProven } from "./service.ts";

/** With the records that its owner has to make. */
export function newDomain({ cloud: { world } }: Scope, name: string, withWww: boolean): DomainRecord {
  const names = withWww ? [name, `www.${name}`] : [name];
  return {
    name,
    withWww,
    validation: names.map((each) => ({
      name: each,
      recordName: `_${world.random.hex(32)}.${each.replace(/^\*\./, "")}.`,
      recordValue: `_${world.random.hex(32)}.${world.random.text(10, "abcdefghijklmnopqrstuvwxyz")}.acm-validations.aws.`,
      found: false,
    })),
  };
}

export function describeDomain(domain: DomainRecord, as?: CustomDomainAssociationStatus): CustomDomain {
  const status: CustomDomainAssociationStatus = as ?? (isProven(domain) ? "ACTIVE" : "PENDING_CERTIFICATE_DNS_VALIDATION");
  return {
    DomainName: domain.name,
    EnableWWWSubdomain: domain.withWww,
    CertificateValidationRecords: domain.validation.map(({ recordName, recordValue, found }) => ({
      Name: recordName,
      Type: "CNAME",
      Value: recordValue,
      Status: (found ? "SUCCESS" : "PENDING_VALIDATION") satisfies CertificateValidationRecordStatus,
    })),
    Status: status,
  };
}

const bare = (name: string) => name.replace(/\.$/, "").toLowerCase();

/** Looks for the records of those that wait; what was found stays so. */
export async function proveDomains(scope: Scope, arn: string): Promise<void> {
  const names = publicNames(scope.cloud);
  const waiting = findService(scope, arn)?.domains.filter((domain) => !isProven(domain)) ?? [];
  if (waiting.length === 0) return;
  changeService(scope, arn, ({ domains }) => {
    for (const { validation } of domains)
      for (const each of validation)
        each.found ||= (names(bare(each.recordName), "CNAME") ?? []).some((value) => bare(value) === bare(each.recordValue));
  });
  await fleetOf(scope, arn).renewFront();
}

/** At a start: a change of a zone may be what a domain waits for. */
export function keepDomains(cloud: Cloud): void {
  onPublicNamesChange(cloud, () => {
    for (const { region, record } of allServices(cloud))
      if (record.domains.some((domain) => !isProven(domain)))
        cloud.inBackground(
          "apprunner: looking for a domain's records",
          proveDomains({ cloud, account: cloud.account, region }, record.arn),
        );
  });
}
