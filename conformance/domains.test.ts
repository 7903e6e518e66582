/** Route 53 and Certificate Manager through AWS's own clients. (On AWS a zone that is deleted within twelve hours costs nothing.) */
import {
  ACMClient,
  DeleteCertificateCommand,
  DescribeCertificateCommand,
  GetCertificateCommand,
  RequestCertificateCommand,
} from "@aws-sdk/client-acm";
import {
  ChangeResourceRecordSetsCommand,
  CreateHealthCheckCommand,
  CreateHostedZoneCommand,
  DeleteHealthCheckCommand,
  DeleteHostedZoneCommand,
  GetHealthCheckCommand,
  GetHostedZoneCommand,
  ListHostedZonesByNameCommand,
  ListResourceRecordSetsCommand,
  Route53Client,
  TestDNSAnswerCommand,
  waitUntilResourceRecordSetsChanged,
  type Change,
  type ResourceRecordSet,
} from "@aws-sdk/client-route-53";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openTarget, type Target } from "./target.ts";

let target: Target;
beforeAll(async () => {
  target = await openTarget();
});
afterAll(() => target[Symbol.asyncDispose]());

describe("Route 53", () => {
  let client: Route53Client;
  let name: string;
  let Id: string;
  const send = (...Changes: Change[]) => client.send(new ChangeResourceRecordSetsCommand({ HostedZoneId: Id, ChangeBatch: { Changes } }));
  const list = async () => (await client.send(new ListResourceRecordSetsCommand({ HostedZoneId: Id }))).ResourceRecordSets!;
  const set = (label: string, Type: "A" | "TXT" | "CNAME", Value: string): ResourceRecordSet => ({
    Name: `${label}.${name}`,
    Type,
    TTL: 60,
    ResourceRecords: [{ Value }],
  });
  beforeAll(async () => {
    client = new Route53Client(target.configuration);
    name = `${target.prefix}.com`;
    const { HostedZone } = await client.send(new CreateHostedZoneCommand({ Name: name, CallerReference: name }));
    Id = HostedZone!.Id!;
  });
  afterAll(async () => {
    const own = (await list()).filter(({ Type }) => Type !== "NS" && Type !== "SOA");
    if (own.length > 0) await send(...own.map((ResourceRecordSet): Change => ({ Action: "DELETE", ResourceRecordSet })));
    await client.send(new DeleteHostedZoneCommand({ Id }));
    client.destroy();
  });

  test("a zone has four name servers, an NS and a SOA record, and is found by its name", async () => {
    const { DelegationSet, HostedZone } = await client.send(new GetHostedZoneCommand({ Id }));
    expect(DelegationSet!.NameServers).toHaveLength(4);
    expect(HostedZone).toMatchObject({ Name: `${name}.`, Config: { PrivateZone: false }, ResourceRecordSetCount: 2 });
    expect((await list()).map(({ Type, TTL }) => [Type, TTL])).toEqual([
      ["NS", 172_800],
      ["SOA", 900],
    ]);
    const found = await client.send(new ListHostedZonesByNameCommand({ DNSName: name, MaxItems: 1 }));
    expect(found.HostedZones!.map((zone) => zone.Id)).toEqual([Id]);
  });

  test("a batch is there for all who ask once it is in sync", async () => {
    const { ChangeInfo } = await send(
      { Action: "CREATE", ResourceRecordSet: set("www", "A", "192.0.2.1") },
      { Action: "CREATE", ResourceRecordSet: set("*", "TXT", '"any"') },
      { Action: "UPSERT", ResourceRecordSet: { ...set("both", "A", "192.0.2.2"), SetIdentifier: "one", Weight: 1 } },
    );
    await waitUntilResourceRecordSetsChanged({ client, maxWaitTime: 300, minDelay: 1, maxDelay: 10 }, { Id: ChangeInfo!.Id });
    expect((await list()).slice(2).map((one) => [one.Name, one.Type, one.SetIdentifier])).toEqual([
      [`\\052.${name}.`, "TXT", undefined],
      [`both.${name}.`, "A", "one"],
      [`www.${name}.`, "A", undefined],
    ]);
    const answer = await client.send(new TestDNSAnswerCommand({ HostedZoneId: Id, RecordName: `www.${name}`, RecordType: "A" }));
    expect(answer).toMatchObject({ RecordData: ["192.0.2.1"], ResponseCode: "NOERROR" });
  });

  test.each([
    [
      "one that is there",
      () => ({ Action: "CREATE", ResourceRecordSet: set("www", "A", "192.0.2.1") }),
      "InvalidChangeBatch",
      (): string => `[Tried to create resource record set [name='www.${name}.', type='A'] but it already exists]`,
    ],
    [
      "one that is not there",
      () => ({ Action: "DELETE", ResourceRecordSet: set("gone", "A", "192.0.2.1") }),
      "InvalidChangeBatch",
      (): string => `[Tried to delete resource record set [name='gone.${name}.', type='A'] but it was not found]`,
    ],
    [
      "a name outside the zone",
      () => ({ Action: "CREATE", ResourceRecordSet: { ...set("a", "A", "192.0.2.1"), Name: "www.example.net" } }),
      "InvalidChangeBatch",
      (): string => `[RRSet with DNS name www.example.net. is not permitted in zone ${name}.]`,
    ],
    [
      "a CNAME beside another",
      () => ({ Action: "CREATE", ResourceRecordSet: set("www", "CNAME", "example.net") }),
      "InvalidChangeBatch",
      (): string =>
        `[RRSet of type CNAME with DNS name www.${name}. is not permitted as it conflicts with other records with the same DNS name in zone ${name}.]`,
    ],
    [
      "an address that is none",
      () => ({ Action: "CREATE", ResourceRecordSet: set("bad", "A", "999.1.1.1") }),
      "InvalidChangeBatch",
      (): string =>
        "[Invalid Resource Record: 'FATAL problem: ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address) encountered with '999.1.1.1'']",
    ],
  ] as const)("%s is refused", async (_what, change, code, message) => {
    await expect(send(change() as Change)).rejects.toMatchObject({ name: code, message: message() });
  });

  test("a zone with records stays; one that is not there is named", async () => {
    await expect(client.send(new DeleteHostedZoneCommand({ Id }))).rejects.toMatchObject({ name: "HostedZoneNotEmpty" });
    await expect(client.send(new GetHostedZoneCommand({ Id: "Z0000000000000" }))).rejects.toMatchObject({
      name: "NoSuchHostedZone",
      message: "No hosted zone found with ID: Z0000000000000",
    });
  });

  test("a health check has AWS's defaults", async () => {
    const { HealthCheck } = await client.send(
      new CreateHealthCheckCommand({
        CallerReference: name,
        HealthCheckConfig: { Type: "HTTPS", FullyQualifiedDomainName: "example.com" },
      }),
    );
    const found = await client.send(new GetHealthCheckCommand({ HealthCheckId: HealthCheck!.Id! }));
    expect(found.HealthCheck).toMatchObject({
      HealthCheckVersion: 1,
      HealthCheckConfig: { Port: 443, RequestInterval: 30, FailureThreshold: 3, EnableSNI: true, Inverted: false, Disabled: false },
    });
    await client.send(new DeleteHealthCheckCommand({ HealthCheckId: HealthCheck!.Id! }));
  });
});

test("a certificate waits for its DNS record; a domain and its wildcard have one and the same", async () => {
  const client = new ACMClient(target.configuration);
  const DomainName = `${target.prefix}.com`;
  const { CertificateArn } = await client.send(
    new RequestCertificateCommand({ DomainName, SubjectAlternativeNames: [`*.${DomainName}`], ValidationMethod: "DNS" }),
  );
  const described = async () => (await client.send(new DescribeCertificateCommand({ CertificateArn }))).Certificate!;
  // On AWS the records come a few seconds after the request.
  await expect
    .poll(async () => (await described()).DomainValidationOptions?.[1]?.ResourceRecord?.Type, { timeout: 60_000, interval: 1_000 })
    .toBe("CNAME");
  const { Status, DomainValidationOptions: [own, wild] = [] } = await described();
  expect(Status).toBe("PENDING_VALIDATION");
  expect(own!.ResourceRecord).toEqual(wild!.ResourceRecord);
  expect(own!.ResourceRecord!.Name).toMatch(new RegExp(`^_[0-9a-f]{32}\\.${DomainName}\\.$`));
  await expect(client.send(new GetCertificateCommand({ CertificateArn }))).rejects.toMatchObject({ name: "RequestInProgressException" });
  await client.send(new DeleteCertificateCommand({ CertificateArn }));
  client.destroy();
});
