/** The DNS server on loopback: what each kind of record answers, by UDP and TCP. */
import { expect, test } from "vitest";
import type { ResourceRecordSet } from "@aws-sdk/client-route-53";
import { startTestServer, type TestServer } from "../../server.ts";
import { askBytes, askTcp, askUdp, dnsPlace, edns, resolverAt } from "./resolver.ts";

async function zoneOf({ call }: TestServer, Name: string, ...sets: ResourceRecordSet[]): Promise<string> {
  const { HostedZone } = await call("route53", "CreateHostedZone", { Name, CallerReference: Name });
  const HostedZoneId = HostedZone!.Id!.replace("/hostedzone/", "");
  if (sets.length > 0) await upsert({ call }, HostedZoneId, ...sets);
  return HostedZoneId;
}

const upsert = ({ call }: Pick<TestServer, "call">, HostedZoneId: string, ...sets: ResourceRecordSet[]) =>
  call("route53", "ChangeResourceRecordSets", {
    HostedZoneId,
    ChangeBatch: { Changes: sets.map((ResourceRecordSet) => ({ Action: "UPSERT", ResourceRecordSet })) } as never,
  });

const set = (Name: string, Type: string, ...values: string[]): ResourceRecordSet => ({
  Name,
  Type: Type as "A",
  TTL: 30,
  ResourceRecords: values.map((Value) => ({ Value })),
});

test("every type of record is answered as it was written", async () => {
  await using server = await startTestServer();
  await zoneOf(
    server,
    "example.com",
    set("example.com", "A", "192.0.2.1", "192.0.2.2"),
    set("example.com", "AAAA", "2001:db8::1"),
    set("example.com", "MX", "10 mail.example.com", "20 mail2.example.com."),
    set("example.com", "TXT", '"v=spf1 -all"', `"${"x".repeat(255)}" "y\\"z"`),
    set("example.com", "CAA", '0 issue "amazon.com"'),
    set("_sip._tcp.example.com", "SRV", "1 2 5060 sip.example.com"),
    set("www.example.com", "CNAME", "example.com"),
    set("9.2.0.192.in-addr.example.com", "PTR", "host.example.com"),
    set("enum.example.com", "NAPTR", '100 50 "u" "E2U+sip" "!^.*$!sip:info@example.com!" .'),
  );
  const place = await dnsPlace(server.endpoint);
  const resolver = resolverAt(place);
  expect((await resolver.resolve4("example.com", { ttl: true })).toSorted((a, b) => a.address.localeCompare(b.address))).toEqual([
    { address: "192.0.2.1", ttl: 30 },
    { address: "192.0.2.2", ttl: 30 },
  ]);
  expect(await resolver.resolve6("EXAMPLE.com")).toEqual(["2001:db8::1"]);
  expect(await resolver.resolveMx("example.com")).toMatchObject([
    { exchange: "mail.example.com", priority: 10 },
    { exchange: "mail2.example.com", priority: 20 },
  ]);
  expect(await resolver.resolveTxt("example.com")).toEqual([["v=spf1 -all"], ["x".repeat(255), 'y"z']]);
  expect(await resolver.resolveCaa("example.com")).toMatchObject([{ critical: 0, issue: "amazon.com" }]);
  expect(await resolver.resolveSrv("_sip._tcp.example.com")).toMatchObject([
    { name: "sip.example.com", port: 5060, priority: 1, weight: 2 },
  ]);
  expect(await resolver.resolvePtr("9.2.0.192.in-addr.example.com")).toEqual(["host.example.com"]);
  expect(await resolver.resolveNaptr("enum.example.com")).toMatchObject([{ service: "E2U+sip", order: 100 }]);
  expect(await resolver.resolveNs("example.com")).toHaveLength(4);
  expect(await resolver.resolveSoa("example.com")).toMatchObject({ hostmaster: "awsdns-hostmaster.amazon.com", minttl: 86_400 });
  expect(await resolver.resolve4("www.example.com")).toHaveLength(2);
  const chased = await askUdp(place, "www.example.com", "A");
  expect(chased.answers!.map(({ name, type }) => [name, type])).toEqual([
    ["www.example.com", "CNAME"],
    ["example.com", "A"],
    ["example.com", "A"],
  ]);
});

test("nothing of the type, nothing of the name, names of others: NODATA and NXDOMAIN with the SOA, REFUSED", async () => {
  await using server = await startTestServer();
  await zoneOf(
    server,
    "example.com",
    set("a.deep.example.com", "A", "192.0.2.1"),
    set("*.wild.example.com", "A", "192.0.2.2"),
    set("set.wild.example.com", "TXT", '"here"'),
    set("away.example.com", "CNAME", "elsewhere.example.org"),
    set("sub.example.com", "NS", "ns.other.example.net"),
  );
  const place = await dnsPlace(server.endpoint);
  const ask = async (name: string, type = "A") => {
    const { rcode, flag_aa, answers, authorities } = (await askUdp(place, name, type)) as unknown as {
      rcode: string;
      flag_aa: boolean;
      answers: { data: unknown }[];
      authorities: { type: string; ttl: number }[];
    };
    return [rcode, flag_aa, answers.map(({ data }) => data), authorities.map(({ type: of, ttl }) => `${of} ${ttl}`)];
  };
  expect(await ask("example.com", "MX")).toEqual(["NOERROR", true, [], ["SOA 900"]]);
  expect(await ask("deep.example.com")).toEqual(["NOERROR", true, [], ["SOA 900"]]);
  expect(await ask("none.example.com")).toEqual(["NXDOMAIN", true, [], ["SOA 900"]]);
  expect(await ask("any.wild.example.com")).toEqual(["NOERROR", true, ["192.0.2.2"], []]);
  expect(await ask("two.labels.wild.example.com")).toEqual(["NOERROR", true, ["192.0.2.2"], []]);
  expect(await ask("set.wild.example.com")).toEqual(["NOERROR", true, [], ["SOA 900"]]);
  expect(await ask("below.set.wild.example.com")).toEqual(["NXDOMAIN", true, [], ["SOA 900"]]);
  expect(await ask("away.example.com")).toEqual(["NOERROR", true, ["elsewhere.example.org"], []]);
  expect(await ask("x.sub.example.com")).toEqual(["NOERROR", false, [], ["NS 30"]]);
  expect(await ask("example.org")).toEqual(["REFUSED", false, [], []]);
  expect(await ask("example.com", "AXFR")).toEqual(["REFUSED", false, [], []]);
});

test("a long answer is cut without EDNS and whole by TCP; what is no question is said so or passed over", async () => {
  await using server = await startTestServer();
  const addresses = Array.from({ length: 100 }, (_, n) => `192.0.2.${n}`);
  await zoneOf(server, "example.com", set("many.example.com", "A", ...addresses), set("few.example.com", "A", "192.0.2.1"));
  const place = await dnsPlace(server.endpoint);
  const cut = await askUdp(place, "many.example.com", "A");
  expect([cut.flag_tc, cut.answers!.length]).toEqual([true, 0]);
  expect(cut.bytes).toBeLessThanOrEqual(512);
  const whole = await askUdp(place, "many.example.com", "A", edns(4096));
  expect([whole.flag_tc, whole.answers!.length, whole.additionals![0]!.type]).toEqual([false, 100, "OPT"]);
  const [first, second] = await askTcp(place, [
    ["many.example.com", "A"],
    ["few.example.com", "A"],
  ]);
  expect([first!.answers!.length, second!.answers!.length]).toEqual([100, 1]);
  expect(await resolverAt(place).resolve4("many.example.com")).toHaveLength(100);
  const garbage = Buffer.from("1234010000010000000000003f", "hex");
  expect((await askBytes(place, garbage)).readUInt16BE(2) & 15).toBe(1);
  const notify = Buffer.from("123420000001000000000000076578616d706c6503636f6d0000060001", "hex");
  expect((await askBytes(place, notify)).readUInt16BE(2) & 15).toBe(4);
});

test("aliases give the loopback address of a load balancer, or what stands under another name of the zone", async () => {
  await using server = await startTestServer();
  const id = await zoneOf(server, "example.com", set("real.example.com", "A", "192.0.2.9"));
  const alias = (Name: string, Type: string, DNSName: string, HostedZoneId: string): ResourceRecordSet => ({
    Name,
    Type: Type as "A",
    AliasTarget: { DNSName, HostedZoneId, EvaluateTargetHealth: false },
  });
  await upsert(
    server,
    id,
    alias("example.com", "A", "dualstack.127.70.1.2:8443", "Z215JYRZR1TBD5"),
    alias("example.com", "AAAA", "127.70.1.2", "Z215JYRZR1TBD5"),
    alias("other.example.com", "A", "real.example.com", id),
    alias("cdn.example.com", "A", "d1234.cloudfront.net", "Z2FDTNDATAQYW2"),
  );
  const place = await dnsPlace(server.endpoint);
  const resolver = resolverAt(place);
  expect(await resolver.resolve4("example.com", { ttl: true })).toEqual([{ address: "127.70.1.2", ttl: 60 }]);
  expect(await resolver.resolve4("other.example.com")).toEqual(["192.0.2.9"]);
  await expect(resolver.resolve6("example.com")).rejects.toMatchObject({ code: "ENODATA" });
  await expect(resolver.resolve4("cdn.example.com")).rejects.toMatchObject({ code: "ENODATA" });
  expect(
    await server.call("route53", "TestDNSAnswer", { HostedZoneId: id, RecordName: "other.example.com", RecordType: "A" }),
  ).toMatchObject({ RecordData: ["192.0.2.9"], ResponseCode: "NOERROR" });
});

test("the port is the same after a restart and after a reset", async () => {
  await using server = await startTestServer();
  const place = await dnsPlace(server.endpoint);
  await server.cloud.stop();
  await server.cloud.start();
  expect(await dnsPlace(server.endpoint)).toEqual(place);
  await server.cloud.reset();
  expect(await dnsPlace(server.endpoint)).toEqual(place);
});
