/** A zone of the embedded Route 53 with the records that prove a certificate's domains. */
import type { Call } from "../../../src/service.ts";

/** Makes the zone where it is not there, and the records that the certificate asks for. */
export async function proveDomain(call: Call, CertificateArn: string, zone: string): Promise<void> {
  const { HostedZones = [] } = await call("route53", "ListHostedZonesByName", { DNSName: zone, MaxItems: 1 });
  const found = HostedZones.find(({ Name }) => Name === `${zone}.`);
  const HostedZoneId = (found ?? (await call("route53", "CreateHostedZone", { Name: zone, CallerReference: zone })).HostedZone)!.Id!;
  const { Certificate } = await call("acm", "DescribeCertificate", { CertificateArn });
  const records = new Map(
    Certificate!.DomainValidationOptions!.map(({ ResourceRecord }) => [ResourceRecord!.Name!, ResourceRecord!.Value!]),
  );
  await call("route53", "ChangeResourceRecordSets", {
    HostedZoneId,
    ChangeBatch: {
      Changes: [...records].map(([Name, Value]) => ({
        Action: "UPSERT" as const,
        ResourceRecordSet: { Name, Type: "CNAME" as const, TTL: 300, ResourceRecords: [{ Value }] },
      })),
    },
  });
}
