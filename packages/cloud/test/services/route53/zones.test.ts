/** Hosted zones and record sets through the official client, in AWS's words. */
import {
  ChangeResourceRecordSetsCommand,
  CreateHostedZoneCommand,
  DeleteHostedZoneCommand,
  GetChangeCommand,
  GetHostedZoneCommand,
  ListHostedZonesByNameCommand,
  ListHostedZonesCommand,
  ListResourceRecordSetsCommand,
  Route53Client,
  type Change,
  type ResourceRecordSet,
} from "@aws-sdk/client-route-53";
import { expect, test } from "vitest";
import { startSimulatedServer, startTestServer } from "../../server.ts";

const record = (Name: string, Type: string, ...values: string[]): ResourceRecordSet => ({
  Name,
  Type: Type as "A",
  TTL: 60,
  ResourceRecords: values.map((Value) => ({ Value })),
});
const change = (Action: string, ResourceRecordSet: ResourceRecordSet): Change => ({ Action: Action as "CREATE", ResourceRecordSet });

async function zoneWith(client: Route53Client, Name = "example.com") {
  const { HostedZone } = await client.send(new CreateHostedZoneCommand({ Name, CallerReference: Name }));
  const Id = HostedZone!.Id!;
  const send = (...Changes: Change[]) => client.send(new ChangeResourceRecordSetsCommand({ HostedZoneId: Id, ChangeBatch: { Changes } }));
  const list = async () => (await client.send(new ListResourceRecordSetsCommand({ HostedZoneId: Id }))).ResourceRecordSets!;
  return { Id, send, list };
}

test("a zone is made with name servers, NS and SOA, listed by reversed name, and deleted when it is empty", async () => {
  await using server = await startTestServer();
  const client = new Route53Client(server.client);
  const made = await client.send(
    new CreateHostedZoneCommand({ Name: "Example.COM", CallerReference: "one", HostedZoneConfig: { Comment: "first" } }),
  );
  expect(made.HostedZone).toMatchObject({
    Id: expect.stringMatching(/^\/hostedzone\/Z[A-Z0-9]{20}$/) as string,
    Name: "example.com.",
    CallerReference: "one",
    Config: { Comment: "first", PrivateZone: false },
    ResourceRecordSetCount: 2,
  });
  expect(made.Location).toBe(`https://route53.amazonaws.com/2013-04-01${made.HostedZone!.Id}`);
  expect(made.$metadata.httpStatusCode).toBe(201);
  const servers = made.DelegationSet!.NameServers!;
  expect(servers.map((name) => name.replaceAll(/\d+/g, "N"))).toEqual(["com", "net", "org", "co.uk"].map((end) => `ns-N.awsdns-N.${end}`));
  const { ResourceRecordSets } = await client.send(new ListResourceRecordSetsCommand({ HostedZoneId: made.HostedZone!.Id }));
  expect(ResourceRecordSets).toEqual([
    { Name: "example.com.", Type: "NS", TTL: 172_800, ResourceRecords: servers.map((name) => ({ Value: `${name}.` })) },
    {
      Name: "example.com.",
      Type: "SOA",
      TTL: 900,
      ResourceRecords: [{ Value: `${servers[0]}. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400` }],
    },
  ]);
  await client.send(new CreateHostedZoneCommand({ Name: "b.org", CallerReference: "two" }));
  await client.send(new CreateHostedZoneCommand({ Name: "a.example.com", CallerReference: "three" }));
  const byName = await client.send(new ListHostedZonesByNameCommand({ DNSName: "a.example.com" }));
  expect(byName.HostedZones!.map(({ Name }) => Name)).toEqual(["a.example.com.", "b.org."]);
  const page = await client.send(new ListHostedZonesByNameCommand({ MaxItems: 1 }));
  expect(page).toMatchObject({ IsTruncated: true, NextDNSName: "a.example.com.", MaxItems: 1 });
  const first = await client.send(new ListHostedZonesCommand({ MaxItems: 2 }));
  expect(first.HostedZones).toHaveLength(2);
  const rest = await client.send(new ListHostedZonesCommand({ Marker: first.NextMarker }));
  expect([first.IsTruncated, rest.IsTruncated, rest.HostedZones!.length]).toEqual([true, false, 1]);

  await expect(client.send(new CreateHostedZoneCommand({ Name: "b.org", CallerReference: "two" }))).rejects.toMatchObject({
    name: "HostedZoneAlreadyExists",
    message: "A hosted zone has already been created with the specified caller reference.",
  });
  await expect(client.send(new CreateHostedZoneCommand({ Name: "a..com", CallerReference: "x" }))).rejects.toMatchObject({
    name: "InvalidDomainName",
  });
  await expect(client.send(new GetHostedZoneCommand({ Id: "unknown" }))).rejects.toMatchObject({
    name: "NoSuchHostedZone",
    message: "No hosted zone found with ID: unknown",
    $metadata: { httpStatusCode: 404 },
  });
  const deleted = await client.send(new DeleteHostedZoneCommand({ Id: made.HostedZone!.Id }));
  expect(deleted.ChangeInfo!.Id).toMatch(/^\/change\/C/);
  expect((await client.send(new ListHostedZonesCommand({}))).HostedZones).toHaveLength(2);
  client.destroy();
});

test("a batch is applied as a whole or not at all, and says everything that is wrong with it", async () => {
  await using server = await startTestServer();
  const client = new Route53Client(server.client);
  const { Id, send, list } = await zoneWith(client);
  await send(
    change("CREATE", record("www.example.com", "A", "192.0.2.1")),
    change("CREATE", record("*.Example.com", "TXT", '"any" "thing"')),
  );
  expect((await list()).map(({ Name, Type }) => [Name, Type])).toEqual([
    ["example.com.", "NS"],
    ["example.com.", "SOA"],
    ["\\052.example.com.", "TXT"],
    ["www.example.com.", "A"],
  ]);
  const refused = async (changes: Change[], message: string, name = "InvalidChangeBatch") => {
    const before = await list();
    await expect(send(...changes)).rejects.toMatchObject({ name, message, $metadata: { httpStatusCode: 400 } });
    expect(await list()).toEqual(before);
  };
  const good = change("CREATE", record("good.example.com", "A", "192.0.2.9"));
  await refused(
    [good, change("CREATE", record("www.example.com", "A", "192.0.2.2"))],
    "[Tried to create resource record set [name='www.example.com.', type='A'] but it already exists]",
  );
  await refused(
    [good, change("DELETE", record("gone.example.com", "A", "192.0.2.2"))],
    "[Tried to delete resource record set [name='gone.example.com.', type='A'] but it was not found]",
  );
  await refused(
    [change("DELETE", record("www.example.com", "A", "192.0.2.2"))],
    "[Tried to delete resource record set [name='www.example.com.', type='A'] but the values provided do not match the current values]",
  );
  await refused(
    [good, change("UPSERT", record("www.example.org", "A", "192.0.2.2")), change("UPSERT", record("example.com", "CNAME", "example.org"))],
    "[RRSet with DNS name www.example.org. is not permitted in zone example.com., RRSet of type CNAME with DNS name example.com. is not permitted at apex in zone example.com.]",
  );
  await refused(
    [change("CREATE", record("www.example.com", "CNAME", "example.org"))],
    "[RRSet of type CNAME with DNS name www.example.com. is not permitted as it conflicts with other records with the same DNS name in zone example.com.]",
  );
  await refused(
    [change("CREATE", record("a.example.com", "A", "999.1.1.1"))],
    "[Invalid Resource Record: 'FATAL problem: ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address) encountered with '999.1.1.1'']",
  );
  await refused(
    [change("CREATE", record("a.example.com", "TXT", "bare"))],
    "[Invalid Resource Record: 'FATAL problem: InvalidCharacterString (Value should be enclosed in quotation marks) encountered with 'bare'']",
  );
  const [ns, soa] = await list();
  await refused(
    [change("DELETE", ns!), change("DELETE", soa!)],
    "[A HostedZone must contain at least one NS record for the zone itself., A HostedZone must contain exactly one SOA record.]",
  );
  await refused(
    [change("CREATE", { Name: "a.example.com", Type: "A" })],
    "Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId], but found none in Change with [Action=CREATE, Name=a.example.com, Type=A, SetIdentifier=null]",
    "InvalidInput",
  );
  const alias = (DNSName: string, HostedZoneId: string): ResourceRecordSet => ({
    Name: "alias.example.com",
    Type: "A",
    AliasTarget: { DNSName, HostedZoneId, EvaluateTargetHealth: false },
  });
  const zone = Id.replace("/hostedzone/", "");
  await refused(
    [change("CREATE", alias("elsewhere.org", zone))],
    `[Tried to create an alias that targets elsewhere.org., type A in zone ${zone}, but the alias target name does not lie within the target zone, Tried to create an alias that targets elsewhere.org., type A in zone ${zone}, but that target was not found]`,
  );
  await send(change("CREATE", alias("www.example.com", zone)));
  await send(change("DELETE", record("www.example.com", "A", "192.0.2.1")), change("CREATE", record("www.example.com", "A", "192.0.2.7")));
  expect((await list()).find(({ Name }) => Name === "www.example.com.")!.ResourceRecords).toEqual([{ Value: "192.0.2.7" }]);
  const many = (count: number, action: string) =>
    Array.from({ length: count }, (_, n) => change(action, record(`n${n}.example.com`, "A", "192.0.2.1")));
  await refused(many(501, "UPSERT"), "[Number of records limit of 1000 exceeded.]");
  await send(...many(500, "UPSERT"));
  await expect(client.send(new DeleteHostedZoneCommand({ Id }))).rejects.toMatchObject({
    name: "HostedZoneNotEmpty",
    message: "The specified hosted zone contains non-required resource record sets and so cannot be deleted.",
  });
  client.destroy();
});

test("record sets come in pages of at most 300, from a name, type and identifier on", async () => {
  await using server = await startTestServer();
  const client = new Route53Client(server.client);
  const { Id, send } = await zoneWith(client);
  await send(...Array.from({ length: 400 }, (_, n) => change("CREATE", record(`env${n}.example.com`, "A", "192.0.2.1"))));
  const page = (input: object) => client.send(new ListResourceRecordSetsCommand({ HostedZoneId: Id, ...input }));
  const first = await page({});
  expect([first.ResourceRecordSets!.length, first.IsTruncated, first.MaxItems, first.NextRecordType]).toEqual([300, true, 300, "A"]);
  const second = await page({ StartRecordName: first.NextRecordName, StartRecordType: first.NextRecordType });
  expect([second.ResourceRecordSets!.length, second.IsTruncated]).toEqual([102, false]);
  expect(second.ResourceRecordSets![0]!.Name).toBe(first.NextRecordName);
  expect((await page({ StartRecordName: "env399.example.com", MaxItems: 1 })).ResourceRecordSets!.length).toBe(1);
  await expect(page({ StartRecordType: "A" })).rejects.toMatchObject({ name: "InvalidInput" });
  client.destroy();
});

test("a change is PENDING and then INSYNC; zones and records outlive a restart and go with a reset", async () => {
  await using server = await startSimulatedServer();
  const client = new Route53Client(server.client);
  const { Id, send } = await zoneWith(client);
  const { ChangeInfo } = await send(change("CREATE", record("www.example.com", "A", "192.0.2.1")));
  const status = async () => (await client.send(new GetChangeCommand({ Id: ChangeInfo!.Id! }))).ChangeInfo!.Status;
  expect([ChangeInfo!.Status, await status()]).toEqual(["PENDING", "PENDING"]);
  await server.world.clock.advance(1_000);
  expect(await status()).toBe("INSYNC");
  await expect(client.send(new GetChangeCommand({ Id: "C0" }))).rejects.toMatchObject({ name: "NoSuchChange" });
  await server.cloud.stop();
  await server.cloud.start();
  expect((await client.send(new GetHostedZoneCommand({ Id }))).HostedZone!.ResourceRecordSetCount).toBe(3);
  await server.cloud.reset();
  expect((await client.send(new ListHostedZonesCommand({}))).HostedZones).toEqual([]);
  client.destroy();
});
