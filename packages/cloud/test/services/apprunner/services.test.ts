/** App Runner's services through the official client: what runs, scales, is replaced and taken back. */
import {
  AssociateCustomDomainCommand,
  CreateServiceCommand,
  DeleteServiceCommand,
  DescribeCustomDomainsCommand,
  DisassociateCustomDomainCommand,
  ListOperationsCommand,
  ListServicesCommand,
  PauseServiceCommand,
  ResumeServiceCommand,
  UpdateServiceCommand,
} from "@aws-sdk/client-apprunner";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { TestServer } from "../../server.ts";
import { type RunnerPlace, startRunnerPlace } from "./place.ts";

let place: RunnerPlace<TestServer>;
beforeAll(async () => {
  place = await startRunnerPlace();
});
afterAll(async () => {
  const { reported } = place.server;
  await place[Symbol.asyncDispose]();
  expect(reported).toEqual([]);
});

/** Answers what it was given; `/wait` answers when a file is there. */
const web = (word: string) => `
  import { existsSync } from "node:fs";
  import { createServer, get } from "node:http";
  const { COLOUR, KEY, LEVEL, AWS_CONTAINER_CREDENTIALS_FULL_URI: uri, AWS_CONTAINER_AUTHORIZATION_TOKEN: Authorization } = process.env;
  createServer((request, response) => {
    if (request.url === "/wait") return void setInterval(() => existsSync(process.env.GO) && response.end("waited"), 20).unref();
    if (request.url !== "/who") return response.end(JSON.stringify({ word: ${JSON.stringify(word)}, pid: process.pid, COLOUR, KEY, LEVEL, headers: request.headers }));
    get(uri, { headers: { Authorization } }, (answer) => answer.pipe(response));
  }).listen(process.env.PORT);
  console.log("listening as", ${JSON.stringify(word)});
  process.on("SIGTERM", () => { console.log("told to end"); process.exit(0); });
`;

const logs = async (group: string) => {
  const { events = [] } = await place.place.call("logs", "FilterLogEvents", { logGroupName: group });
  return events.map(({ message }) => message!);
};

test("a service comes up, is changed without a failed request, taken back, paused, resumed and deleted", async () => {
  const { client, place: around, get, settled, source, instanceRole } = place;
  const { ARN: secret } = await around.call("secretsmanager", "CreateSecret", { Name: "key", SecretString: '{"key":"s3cret"}' });
  await around.call("ssm", "PutParameter", { Name: "/level", Value: "high", Type: "SecureString" });
  const go = join(around.server.folder, "go");
  const created = await client.send(
    new CreateServiceCommand({
      ServiceName: "web-shop",
      SourceConfiguration: (await source("one", web("one"), {
        RuntimeEnvironmentVariables: { COLOUR: "blau", GO: go },
        RuntimeEnvironmentSecrets: { KEY: `${secret}:key::`, LEVEL: `arn:aws:ssm:${around.server.region}:123456789012:parameter/level` },
      })) as never,
      InstanceConfiguration: { Cpu: "0.25 vCPU", Memory: "0.5 GB", InstanceRoleArn: instanceRole },
      HealthCheckConfiguration: { Protocol: "HTTP", Path: "/", Interval: 1 },
      Tags: [{ Key: "team", Value: "a" }],
    }),
  );
  const { ServiceArn, ServiceId, ServiceUrl } = created.Service!;
  expect(created.Service).toMatchObject({
    ServiceName: "web-shop",
    ServiceArn: `arn:aws:apprunner:${around.server.region}:123456789012:service/web-shop/${ServiceId}`,
    ServiceId: expect.stringMatching(/^[0-9a-f]{32}$/),
    Status: "OPERATION_IN_PROGRESS",
    InstanceConfiguration: { Cpu: "256", Memory: "512" },
    HealthCheckConfiguration: { Protocol: "HTTP", Path: "/", Interval: 1, Timeout: 2, HealthyThreshold: 1, UnhealthyThreshold: 5 },
    AutoScalingConfigurationSummary: { AutoScalingConfigurationName: "DefaultConfiguration", AutoScalingConfigurationRevision: 1 },
    NetworkConfiguration: { EgressConfiguration: { EgressType: "DEFAULT" }, IngressConfiguration: { IsPubliclyAccessible: true } },
  });
  await expect(client.send(new PauseServiceCommand({ ServiceArn: ServiceArn! }))).rejects.toMatchObject({
    name: "InvalidStateException",
    message: "Service cannot be paused in the current state: OPERATION_IN_PROGRESS.",
  });
  expect(await settled(ServiceArn!)).toMatchObject({ Status: "RUNNING" });
  const url = `https://${ServiceUrl}`;

  const first = await get(url, "/path?q=1");
  expect(first).toMatchObject({ status: 200, headers: { server: "envoy" } });
  const told = JSON.parse(first.body) as { pid: number; headers: Record<string, string> };
  expect(told).toMatchObject({ word: "one", COLOUR: "blau", KEY: "s3cret", LEVEL: "high" });
  expect(told.headers).toMatchObject({ "x-forwarded-proto": "https", "x-forwarded-for": "127.0.0.1" });
  expect(JSON.parse((await get(url, "/who")).body)).toMatchObject({ RoleArn: instanceRole, Expiration: expect.any(String) });
  expect(await get(`http://${ServiceUrl}`, "/path?q=1")).toMatchObject({
    status: 301,
    headers: { location: `https://${ServiceUrl!.includes(":") ? ServiceUrl : `${ServiceUrl}:443`}/path?q=1` },
  });
  expect(await get(url, "/", { Connection: "Upgrade", Upgrade: "websocket" })).toMatchObject({ status: 403, body: "" });

  // A request that is under way stays with the old version, whose instance ends after it.
  const held = get(url, "/wait");
  const update = await client.send(
    new UpdateServiceCommand({ ServiceArn: ServiceArn!, SourceConfiguration: (await source("two", web("two"))) as never }),
  );
  const seen = new Set<string>();
  const look = async () => {
    const answer = await get(url);
    expect(answer.status).toBe(200);
    seen.add((JSON.parse(answer.body) as { word: string }).word);
    return [...seen];
  };
  await expect.poll(look, { interval: 50 }).toContain("two");
  await settled(ServiceArn!);
  process.kill(told.pid, 0);
  expect(await logs(`/aws/apprunner/web-shop/${ServiceId}/application`)).not.toContain("told to end");
  writeFileSync(go, "");
  expect(await held).toMatchObject({ status: 200, body: "waited" });
  await expect.poll(() => logs(`/aws/apprunner/web-shop/${ServiceId}/application`)).toContain("told to end");

  // What does not answer well leaves the version before, and its configuration.
  await client.send(
    new UpdateServiceCommand({
      ServiceArn: ServiceArn!,
      SourceConfiguration: (await source("ill", "process.exit(7)")) as never,
    }),
  );
  expect((await settled(ServiceArn!)).SourceConfiguration!.ImageRepository!.ImageIdentifier).toMatch(/app:two$/);
  expect(await look()).toEqual(["one", "two"]);
  const { OperationSummaryList: operations } = await client.send(new ListOperationsCommand({ ServiceArn: ServiceArn! }));
  expect(operations!.map(({ Type, Status }) => [Type, Status])).toEqual([
    ["UPDATE_SERVICE", "ROLLBACK_SUCCEEDED"],
    ["UPDATE_SERVICE", "SUCCEEDED"],
    ["CREATE_SERVICE", "SUCCEEDED"],
  ]);
  expect(operations![1]).toMatchObject({ Id: update.OperationId, TargetArn: ServiceArn, EndedAt: expect.any(Date) });
  const service = await logs(`/aws/apprunner/web-shop/${ServiceId}/service`);
  expect(service).toContain("[AppRunner] Service status is set to RUNNING.");
  expect(service).toContain(
    "[AppRunner] Your application stopped or failed to start. See logs for more information. Container exit code: 7",
  );

  await client.send(new PauseServiceCommand({ ServiceArn: ServiceArn! }));
  expect(await settled(ServiceArn!)).toMatchObject({ Status: "PAUSED" });
  expect(await get(url)).toMatchObject({ status: 404, body: "" });
  await client.send(new ResumeServiceCommand({ ServiceArn: ServiceArn! }));
  expect(await settled(ServiceArn!)).toMatchObject({ Status: "RUNNING" });
  expect(await look()).toContain("two");
  await client.send(new DeleteServiceCommand({ ServiceArn: ServiceArn! }));
  expect(await settled(ServiceArn!)).toMatchObject({ Status: "DELETED", DeletedAt: expect.any(Date) });
  expect((await client.send(new ListServicesCommand({}))).ServiceSummaryList).toEqual([]);
  await expect(get(url)).rejects.toThrow();
});

test("a service has as many instances as its requests need, and says so when there may be no more", async () => {
  const { client, place: around, get, settled, source } = place;
  const { call } = around;
  const go = join(around.server.folder, "go-on");
  const { AutoScalingConfiguration: sizes } = await call("apprunner", "CreateAutoScalingConfiguration", {
    AutoScalingConfigurationName: "small",
    MaxConcurrency: 2,
    MaxSize: 2,
  });
  const created = await client.send(
    new CreateServiceCommand({
      ServiceName: "busy",
      SourceConfiguration: (await source("three", web("three"), { RuntimeEnvironmentVariables: { GO: go } })) as never,
      // As an ARN without the id, which means the newest revision.
      AutoScalingConfigurationArn: sizes!.AutoScalingConfigurationArn!.replace(/\/\d+\/[0-9a-f]+$/, ""),
    }),
  );
  const { ServiceArn, ServiceId, ServiceUrl } = created.Service!;
  expect(created.Service).toMatchObject({
    AutoScalingConfigurationSummary: { AutoScalingConfigurationArn: sizes!.AutoScalingConfigurationArn, HasAssociatedService: true },
    InstanceConfiguration: { Cpu: "1024", Memory: "2048" },
    HealthCheckConfiguration: { Protocol: "TCP", Interval: 5, Timeout: 2, HealthyThreshold: 1, UnhealthyThreshold: 5 },
  });
  expect(await settled(ServiceArn!)).toMatchObject({ Status: "RUNNING" });
  const url = `https://${ServiceUrl}`;
  const held = [1, 2, 3, 4].map(() => get(url, "/wait"));
  const listening = async () =>
    (await logs(`/aws/apprunner/busy/${ServiceId}/application`)).filter((message) => message.startsWith("listening")).length;
  await expect.poll(listening).toBe(2);
  await expect.poll(async () => (await get(url)).status).toBe(429);
  writeFileSync(go, "");
  expect((await Promise.all(held)).map(({ status, body }) => [status, body])).toEqual(held.map(() => [200, "waited"]));
  expect((await get(url)).status).toBe(200);
  await expect(
    call("apprunner", "DeleteAutoScalingConfiguration", { AutoScalingConfigurationArn: sizes!.AutoScalingConfigurationArn! }),
  ).rejects.toMatchObject({ code: "InvalidRequestException" });

  // A domain is proven by its record in a zone of this cloud, and has a certificate of its own then.
  const zone = await call("route53", "CreateHostedZone", { Name: "shop.example", CallerReference: "1" });
  const domain = { ServiceArn: ServiceArn!, DomainName: "api.shop.example", EnableWWWSubdomain: false };
  const associated = await client.send(new AssociateCustomDomainCommand(domain));
  expect(associated).toMatchObject({
    DNSTarget: ServiceUrl,
    CustomDomain: {
      DomainName: "api.shop.example",
      Status: "CREATING",
      CertificateValidationRecords: [{ Type: "CNAME", Status: "PENDING_VALIDATION" }],
    },
  });
  const state = async () =>
    (await client.send(new DescribeCustomDomainsCommand({ ServiceArn: ServiceArn! }))).CustomDomains!.map(({ Status }) => Status);
  expect(await state()).toEqual(["PENDING_CERTIFICATE_DNS_VALIDATION"]);
  const [proof] = associated.CustomDomain!.CertificateValidationRecords!;
  await call("route53", "ChangeResourceRecordSets", {
    HostedZoneId: zone.HostedZone!.Id!,
    ChangeBatch: {
      Changes: [
        {
          Action: "CREATE",
          ResourceRecordSet: { Name: proof!.Name!, Type: "CNAME", TTL: 60, ResourceRecords: [{ Value: proof!.Value! }] },
        },
      ],
    },
  });
  await expect.poll(state).toEqual(["ACTIVE"]);
  const named = () => get(url, "/", { Host: "api.shop.example" }, { servername: "api.shop.example" }).then(({ status }) => status);
  await expect.poll(() => named().catch(() => 0)).toBe(200);
  const disassociated = await client.send(new DisassociateCustomDomainCommand(domain));
  expect(disassociated.CustomDomain).toMatchObject({ Status: "DELETING" });
  expect(await state()).toEqual([]);
  await expect(named()).rejects.toThrow("api.shop.example");

  await client.send(new DeleteServiceCommand({ ServiceArn: ServiceArn! }));
  await settled(ServiceArn!);
});

test("a service with automatic deployments follows its tag", async () => {
  const { client, get, settled, source } = place;
  const followed = { ...(await source("followed", web("before"))), AutoDeploymentsEnabled: true };
  const created = await client.send(new CreateServiceCommand({ ServiceName: "follower", SourceConfiguration: followed as never }));
  const { ServiceArn, ServiceUrl } = created.Service!;
  expect(await settled(ServiceArn!)).toMatchObject({ Status: "RUNNING" });
  await source("followed", web("after"));
  const word = async () => (JSON.parse((await get(`https://${ServiceUrl}`)).body) as { word: string }).word;
  await expect.poll(word, { interval: 200 }).toBe("after");
  await settled(ServiceArn!);
  const { OperationSummaryList } = await client.send(new ListOperationsCommand({ ServiceArn: ServiceArn! }));
  expect(OperationSummaryList!.map(({ Type, Status }) => [Type, Status])).toEqual([
    ["START_DEPLOYMENT", "SUCCEEDED"],
    ["CREATE_SERVICE", "SUCCEEDED"],
  ]);
  await client.send(new DeleteServiceCommand({ ServiceArn: ServiceArn! }));
  await settled(ServiceArn!);
});

test("a reset ends what runs and what comes up, and forgets it", async () => {
  const { client, get, server, settled, source } = place;
  const SourceConfiguration = (await source("last", web("last"))) as never;
  const { Service } = await client.send(new CreateServiceCommand({ ServiceName: "runs", SourceConfiguration }));
  await settled(Service!.ServiceArn!);
  const { pid } = JSON.parse((await get(`https://${Service!.ServiceUrl}`)).body) as { pid: number };
  await client.send(new CreateServiceCommand({ ServiceName: "comes-up", SourceConfiguration }));
  await server.cloud.reset();
  expect((await client.send(new ListServicesCommand({}))).ServiceSummaryList).toEqual([]);
  await expect(get(`https://${Service!.ServiceUrl}`)).rejects.toThrow();
  expect(() => process.kill(pid, 0)).toThrow("ESRCH");
});
