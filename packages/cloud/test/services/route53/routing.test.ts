/** Routing by weight, failover and several values, in view of health checks that really ask. */
import { randomUUID } from "node:crypto";
import { createServer, type Server } from "node:http";
import { createServer as createTcpServer, type AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import type { HealthCheckConfig, ResourceRecordSet } from "@aws-sdk/client-route-53";
import { chosenSets } from "../../../src/services/route53/routing.ts";
import type { RecordSet } from "../../../src/services/route53/record-sets.ts";
import { startSimulatedServer, startTestServer, type TestServer } from "../../server.ts";
import { createBalancer, createGroup, forwardTo, listen, registerHealthy, startBackend } from "../elbv2/front.ts";
import { dnsPlace, resolverAt } from "./resolver.ts";

const set = (SetIdentifier: string, more: object): RecordSet => ({ Name: "a.", Type: "A", SetIdentifier, ...more });
const all = () => true;
const none = () => false;
const chance = (...numbers: number[]) => ({ next: () => numbers.shift() ?? 0 });
const ids = (sets: readonly RecordSet[]) => sets.map(({ SetIdentifier }) => SetIdentifier);

describe("which sets answer", () => {
  const weighted = [set("a", { Weight: 1 }), set("b", { Weight: 3 }), set("c", { Weight: 0 })];

  test.each([
    [0, "a"],
    [0.24, "a"],
    [0.25, "b"],
    [0.99, "b"],
  ])("by weight, at %d of the whole", (at, expected) => {
    expect(ids(chosenSets(weighted, all, chance(at)))).toEqual([expected]);
  });

  test("by weight, of the healthy ones; where none is healthy, of all; where all weigh nothing, evenly", () => {
    expect(ids(chosenSets(weighted, ({ SetIdentifier }) => SetIdentifier === "a", chance(0.9)))).toEqual(["a"]);
    expect(ids(chosenSets(weighted, none, chance(0.9)))).toEqual(["b"]);
    const nothing = [set("a", { Weight: 0 }), set("b", { Weight: 0 })];
    expect(ids(chosenSets(nothing, all, chance(0.6)))).toEqual(["b"]);
  });

  test("by failover: the first while it is well, or while the second is not either", () => {
    const both = [set("two", { Failover: "SECONDARY" }), set("one", { Failover: "PRIMARY" })];
    const only = (id: string) => (one: RecordSet) => one.SetIdentifier === id;
    expect(ids(chosenSets(both, all, chance()))).toEqual(["one"]);
    expect(ids(chosenSets(both, only("two"), chance()))).toEqual(["two"]);
    expect(ids(chosenSets(both, none, chance()))).toEqual(["one"]);
  });

  test("several values: at most eight of the healthy ones", () => {
    const many = Array.from({ length: 12 }, (_, n) => set(`s${n}`, { MultiValueAnswer: true }));
    const chosen = chosenSets(many, ({ SetIdentifier }) => SetIdentifier !== "s3", chance());
    expect(chosen).toHaveLength(8);
    expect(ids(chosen)).not.toContain("s3");
  });

  test("by place: the default one, else the first", () => {
    const places = [set("eu", { GeoLocation: { ContinentCode: "EU" } }), set("default", { GeoLocation: { CountryCode: "*" } })];
    expect(ids(chosenSets(places, all, chance()))).toEqual(["default"]);
    expect(ids(chosenSets([set("us", { Region: "us-east-1" }), set("eu", { Region: "eu-west-1" })], all, chance()))).toEqual(["us"]);
  });
});

/** A program whose answer the test changes. */
async function program(): Promise<{ port: number; answer: { status: number; body: string } } & AsyncDisposable> {
  const answer = { status: 200, body: "fine" };
  const server: Server = createServer((_request, response) => response.writeHead(answer.status).end(answer.body));
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    port: (server.address() as AddressInfo).port,
    answer,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

async function check({ call }: TestServer, config: Partial<HealthCheckConfig>): Promise<string> {
  const { HealthCheck } = await call("route53", "CreateHealthCheck", {
    CallerReference: randomUUID(),
    HealthCheckConfig: { RequestInterval: 10, FailureThreshold: 2, ...config } as never,
  });
  return HealthCheck!.Id!;
}

test("a name moves to its second address when the first fails its health check twice, and back", async () => {
  await using server = await startSimulatedServer();
  await using one = await program();
  const { call, world } = server;
  const id = await check(server, { Type: "HTTP", IPAddress: "127.0.0.1", Port: one.port, ResourcePath: "/health" });
  const { HostedZone } = await call("route53", "CreateHostedZone", { Name: "example.com", CallerReference: "1" });
  const failover = (Failover: "PRIMARY" | "SECONDARY", address: string, HealthCheckId?: string): ResourceRecordSet => ({
    Name: "www.example.com",
    Type: "A",
    TTL: 1,
    SetIdentifier: Failover,
    Failover,
    ResourceRecords: [{ Value: address }],
    ...(HealthCheckId !== undefined && { HealthCheckId }),
  });
  await call("route53", "ChangeResourceRecordSets", {
    HostedZoneId: HostedZone!.Id!,
    ChangeBatch: {
      Changes: [failover("PRIMARY", "192.0.2.1", id), failover("SECONDARY", "192.0.2.2")].map((ResourceRecordSet) => ({
        Action: "CREATE",
        ResourceRecordSet,
      })) as never,
    },
  });
  const resolver = resolverAt(await dnsPlace(server.endpoint));
  const answers = () => resolver.resolve4("www.example.com");
  const status = async () =>
    (await call("route53", "GetHealthCheckStatus", { HealthCheckId: id })).HealthCheckObservations![0]!.StatusReport!.Status;
  /** The next look, until its report is as it should be: the request itself takes real time. The first one is at once. */
  const look = async (report: string, afterMs = 10_000) => {
    await world.clock.advance(afterMs);
    await expect.poll(status, { interval: 5 }).toBe(report);
  };
  await look("Success: HTTP Status Code 200, OK", 1);
  expect(await answers()).toEqual(["192.0.2.1"]);
  one.answer.status = 503;
  await look("Failure: HTTP Status Code 503, Service Unavailable");
  expect(await answers()).toEqual(["192.0.2.1"]);
  await world.clock.advance(10_000);
  await expect.poll(answers, { interval: 5 }).toEqual(["192.0.2.2"]);
  const failed = await call("route53", "GetHealthCheckLastFailureReason", { HealthCheckId: id });
  expect(failed.HealthCheckObservations![0]!.StatusReport!.Status).toBe("Failure: HTTP Status Code 503, Service Unavailable");
  one.answer.status = 200;
  await look("Success: HTTP Status Code 200, OK");
  await world.clock.advance(10_000);
  await expect.poll(answers, { interval: 5 }).toEqual(["192.0.2.1"]);
});

test("checks of each kind: a text to find, a connection, reckoned, inverted, elsewhere; changed and removed", async () => {
  await using server = await startSimulatedServer();
  await using one = await program();
  const { call, world } = server;
  const tcp = createTcpServer((socket) => socket.end());
  await new Promise<void>((done) => tcp.listen(0, "127.0.0.1", done));
  const found = await check(server, { Type: "HTTP_STR_MATCH", IPAddress: "127.0.0.1", Port: one.port, SearchString: "fine" });
  const lost = await check(server, {
    Type: "HTTP_STR_MATCH",
    IPAddress: "127.0.0.1",
    Port: one.port,
    SearchString: "else",
    FailureThreshold: 1,
  });
  const connected = await check(server, { Type: "TCP", IPAddress: "127.0.0.1", Port: (tcp.address() as AddressInfo).port });
  const elsewhere = await check(server, { Type: "TCP", IPAddress: "192.0.2.1", Port: 1 });
  const reckoned = await check(server, { Type: "CALCULATED", HealthThreshold: 2, ChildHealthChecks: [found, lost] });
  const inverted = await check(server, { Type: "CALCULATED", HealthThreshold: 2, ChildHealthChecks: [found, lost], Inverted: true });
  const status = async (HealthCheckId: string) =>
    (await call("route53", "GetHealthCheckStatus", { HealthCheckId })).HealthCheckObservations![0]!.StatusReport!.Status;
  await world.clock.advance(1);
  await expect
    .poll(() => Promise.all([found, lost, connected, elsewhere, reckoned, inverted].map(status)), { interval: 5 })
    .toEqual([
      "Success: HTTP Status Code 200, OK",
      "Failure: HTTP Status Code 200, OK. The search string was not found.",
      "Success: TCP connection established",
      "Not checked: the embedded cloud asks only addresses of this machine.",
      "Failure",
      "Success",
    ]);
  await new Promise((done) => tcp.close(done));

  await call("route53", "UpdateHealthCheck", { HealthCheckId: lost, SearchString: "fine", HealthCheckVersion: 1 });
  await world.clock.advance(1);
  await expect.poll(() => status(reckoned), { interval: 5 }).toBe("Success");
  await expect(call("route53", "UpdateHealthCheck", { HealthCheckId: lost, HealthCheckVersion: 1 })).rejects.toMatchObject({
    code: "HealthCheckVersionMismatch",
  });
  await expect(call("route53", "GetHealthCheck", { HealthCheckId: "unknown" })).rejects.toMatchObject({
    code: "NoSuchHealthCheck",
    message: "A health check with id unknown does not exist.",
  });
  await expect(call("route53", "DeleteHealthCheck", { HealthCheckId: found })).rejects.toMatchObject({ code: "HealthCheckInUse" });
  await call("route53", "DeleteHealthCheck", { HealthCheckId: inverted });
  expect((await call("route53", "GetHealthCheckCount", {})).HealthCheckCount).toBe(5);
  await expect(check(server, { Type: "HTTP", FailureThreshold: 11, IPAddress: "127.0.0.1" })).rejects.toMatchObject({
    code: "InvalidInput",
    message: "Invalid parameter : FailureThreshold must be from 1 to 10",
  });
});

test("an alarm's state is a health check", async () => {
  await using server = await startSimulatedServer();
  const { call, world } = server;
  await call("cloudwatch", "PutMetricAlarm", {
    AlarmName: "slow",
    Namespace: "n",
    MetricName: "m",
    Statistic: "Average",
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 1,
    ComparisonOperator: "GreaterThanThreshold",
  });
  const id = await check(server, {
    Type: "CLOUDWATCH_METRIC",
    AlarmIdentifier: { Name: "slow", Region: "eu-central-1" },
    InsufficientDataHealthStatus: "LastKnownStatus",
  });
  const status = async () =>
    (await call("route53", "GetHealthCheckStatus", { HealthCheckId: id })).HealthCheckObservations![0]!.StatusReport!.Status;
  for (const [StateValue, expected] of [
    ["ALARM", "Failure: the alarm slow is in ALARM"],
    ["OK", "Success"],
  ] as const) {
    await call("cloudwatch", "SetAlarmState", { AlarmName: "slow", StateValue, StateReason: "test" });
    await world.clock.advance(10_000);
    await expect.poll(status, { interval: 5 }).toBe(expected);
  }
});

test("an alias that asks for its target's health leaves a load balancer whose targets are gone", async () => {
  await using server = await startTestServer();
  await using backend = await startBackend((_request, response) => response.end("well"));
  const { call } = server;
  const front = async (name: string) => {
    const made = await createBalancer(call, name);
    const group = await createGroup(call, name);
    await listen(call, made, forwardTo(group));
    return { ...made, group };
  };
  const [one, two] = [await front("one"), await front("two")];
  for (const { group } of [one, two]) await registerHealthy(call, group, backend.port);
  const { HostedZone } = await call("route53", "CreateHostedZone", { Name: "example.com", CallerReference: "1" });
  const alias = (Failover: "PRIMARY" | "SECONDARY", DNSName: string): ResourceRecordSet => ({
    Name: "www.example.com",
    Type: "A",
    SetIdentifier: Failover,
    Failover,
    AliasTarget: { DNSName, HostedZoneId: "Z215JYRZR1TBD5", EvaluateTargetHealth: true },
  });
  await call("route53", "ChangeResourceRecordSets", {
    HostedZoneId: HostedZone!.Id!,
    ChangeBatch: {
      Changes: [alias("PRIMARY", one.dnsName), alias("SECONDARY", two.dnsName)].map((ResourceRecordSet) => ({
        Action: "CREATE",
        ResourceRecordSet,
      })) as never,
    },
  });
  const resolver = resolverAt(await dnsPlace(server.endpoint));
  const address = ({ dnsName }: { dnsName: string }) => dnsName.split(":")[0]!;
  expect(await resolver.resolve4("www.example.com")).toEqual([address(one)]);
  await call("elbv2", "DeregisterTargets", { TargetGroupArn: one.group, Targets: [{ Id: "127.0.0.1", Port: backend.port }] });
  await expect.poll(() => resolver.resolve4("www.example.com"), { interval: 20 }).toEqual([address(two)]);
});
