/** Zones, records, health checks and the certificates that they prove, made, changed and removed by stacks. */
import { request } from "node:https";
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { authorityFile } from "../../../src/runtime/authority.ts";
import type { ResourceRequest } from "../../../src/resource.ts";
import { healthCheck } from "../../../src/services/route53/resources/HealthCheck.ts";
import { hostedZone } from "../../../src/services/route53/resources/HostedZone.ts";
import { recordSet } from "../../../src/services/route53/resources/RecordSet.ts";
import { recordSetGroup } from "../../../src/services/route53/resources/RecordSetGroup.ts";
import { startTestServer, type TestServer } from "../../server.ts";
import { proveDomain } from "../acm/proof.ts";
import { defaultNetwork } from "../elbv2/front.ts";
import { dnsPlace, resolverAt } from "./resolver.ts";

/** Makes or changes the stack, and tells how that ended. */
async function deploy({ call }: TestServer, StackName: string, resources: object, outputs: object = {}, update = false) {
  const TemplateBody = JSON.stringify({ Resources: resources, Outputs: outputs });
  await call("cloudformation", update ? "UpdateStack" : "CreateStack", { StackName, TemplateBody });
  return settled({ call }, StackName);
}

async function settled({ call }: Pick<TestServer, "call">, StackName: string) {
  const look = async () => (await call("cloudformation", "DescribeStacks", { StackName })).Stacks![0]!;
  await expect.poll(async () => (await look()).StackStatus, { interval: 20 }).not.toMatch(/_IN_PROGRESS$/);
  const { StackStatus, Outputs = [] } = await look();
  return { status: StackStatus, outputs: Object.fromEntries(Outputs.map(({ OutputKey, OutputValue }) => [OutputKey!, OutputValue!])) };
}

async function reasons({ call }: TestServer, StackName: string): Promise<string[]> {
  const { StackEvents = [] } = await call("cloudformation", "DescribeStackEvents", { StackName });
  return StackEvents.flatMap(({ ResourceStatus, ResourceStatusReason }) =>
    ResourceStatus === "CREATE_FAILED" ? (ResourceStatusReason ?? "") : [],
  );
}

test("a stack's domain is served: zone, proven certificate, alias and listener, found by DNS and trusted by its authority", async () => {
  await using server = await startTestServer();
  const { subnets } = await defaultNetwork(server.call);
  const name = "api.example.com";
  const alias = {
    DNSName: { "Fn::GetAtt": ["Front", "DNSName"] },
    HostedZoneId: { "Fn::GetAtt": ["Front", "CanonicalHostedZoneID"] },
  };
  const { status, outputs } = await deploy(
    server,
    "domain",
    {
      Zone: { Type: "AWS::Route53::HostedZone", Properties: { Name: "example.com", HostedZoneTags: [{ Key: "own", Value: "1" }] } },
      Certificate: {
        Type: "AWS::CertificateManager::Certificate",
        Properties: {
          DomainName: name,
          SubjectAlternativeNames: [`*.${name}`],
          ValidationMethod: "DNS",
          DomainValidationOptions: [
            { DomainName: name, HostedZoneId: { Ref: "Zone" } },
            { DomainName: `*.${name}`, HostedZoneId: { Ref: "Zone" } },
          ],
        },
      },
      Front: { Type: "AWS::ElasticLoadBalancingV2::LoadBalancer", Properties: { Subnets: subnets } },
      Secure: {
        Type: "AWS::ElasticLoadBalancingV2::Listener",
        Properties: {
          LoadBalancerArn: { Ref: "Front" },
          Port: 443,
          Protocol: "HTTPS",
          Certificates: [{ CertificateArn: { Ref: "Certificate" } }],
          DefaultActions: [{ Type: "fixed-response", FixedResponseConfig: { StatusCode: "200", MessageBody: "served" } }],
        },
      },
      Alias: {
        Type: "AWS::Route53::RecordSet",
        Properties: { HostedZoneId: { Ref: "Zone" }, Name: name, Type: "A", AliasTarget: alias },
      },
    },
    {
      Zone: { Value: { Ref: "Zone" } },
      Servers: { Value: { "Fn::Join": [",", { "Fn::GetAtt": ["Zone", "NameServers"] }] } },
      Name: { Value: { Ref: "Alias" } },
      Certificate: { Value: { Ref: "Certificate" } },
    },
  );
  expect(await reasons(server, "domain")).toEqual([]);
  expect(status).toBe("CREATE_COMPLETE");
  expect(outputs["Name"]).toBe(name);
  expect(outputs["Servers"]!.split(",")).toHaveLength(4);
  const { Certificate } = await server.call("acm", "DescribeCertificate", { CertificateArn: outputs["Certificate"]! });
  expect(Certificate).toMatchObject({ Status: "ISSUED", SubjectAlternativeNames: [name, `*.${name}`] });
  const { ResourceTagSet } = await server.call("route53", "ListTagsForResource", {
    ResourceType: "hostedzone",
    ResourceId: outputs["Zone"]!,
  });
  expect(ResourceTagSet!.Tags).toContainEqual({ Key: "own", Value: "1" });

  const [address] = await resolverAt(await dnsPlace(server.endpoint)).resolve4(name);
  const listed = (await (await fetch(`${server.endpoint}/_plinth/load-balancers`)).json()) as { listeners: { url: string }[] }[];
  const at = new URL(listed[0]!.listeners[0]!.url);
  expect(at.hostname).toBe(address);
  const ca = await readFile(await authorityFile(server.cloud), "utf8");
  const body = await new Promise<string>((done, fail) => {
    const sent = request({ host: address, port: at.port, servername: name, headers: { Host: name }, ca, agent: false }, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => (text += chunk.toString()));
      response.once("end", () => done(text));
    });
    sent.once("error", fail);
    sent.end();
  });
  expect(body).toBe("served");

  // The record that proves the domain stays, as on AWS, and keeps the zone from going until somebody removes it.
  await server.call("cloudformation", "DeleteStack", { StackName: "domain" });
  const { StackId } = (await server.call("cloudformation", "ListStacks", {})).StackSummaries!.find(
    ({ StackName }) => StackName === "domain",
  )!;
  expect((await settled(server, StackId!)).status).toBe("DELETE_FAILED");
  const { ResourceRecordSets } = await server.call("route53", "ListResourceRecordSets", { HostedZoneId: outputs["Zone"]! });
  const proof = ResourceRecordSets!.filter(({ Type }) => Type === "CNAME");
  expect(ResourceRecordSets!.map(({ Type }) => Type).toSorted()).toEqual(["CNAME", "NS", "SOA"]);
  await server.call("route53", "ChangeResourceRecordSets", {
    HostedZoneId: outputs["Zone"]!,
    ChangeBatch: { Changes: proof.map((ResourceRecordSet) => ({ Action: "DELETE", ResourceRecordSet })) as never },
  });
  await server.call("cloudformation", "DeleteStack", { StackName: StackId! });
  expect((await settled(server, StackId!)).status).toBe("DELETE_COMPLETE");
  expect((await server.call("route53", "ListHostedZones", {})).HostedZones).toEqual([]);
});

test("records change in place, groups as one, and go with their stack; a record that is there already is not taken over", async () => {
  await using server = await startTestServer();
  const { call } = server;
  const { HostedZone } = await call("route53", "CreateHostedZone", { Name: "example.com", CallerReference: "1" });
  const zone = HostedZone!.Id!;
  const names = async () => {
    const { ResourceRecordSets } = await call("route53", "ListResourceRecordSets", { HostedZoneId: zone });
    return ResourceRecordSets!
      .filter(({ Type }) => Type !== "NS" && Type !== "SOA")
      .map(({ Name, Type, SetIdentifier, ResourceRecords }) => [
        Name,
        Type,
        SetIdentifier,
        ResourceRecords?.map(({ Value }) => Value).join(),
      ]);
  };
  const resources = (address: string, type: string, value: string, weights: [string, number][]) => ({
    One: {
      Type: "AWS::Route53::RecordSet",
      Properties: { HostedZoneName: "example.com.", Name: "one.example.com.", Type: "A", TTL: "60", ResourceRecords: [address] },
    },
    Other: {
      Type: "AWS::Route53::RecordSet",
      Properties: { HostedZoneId: zone, Name: "other.example.com", Type: type, TTL: 60, ResourceRecords: [value] },
    },
    Group: {
      Type: "AWS::Route53::RecordSetGroup",
      Properties: {
        HostedZoneId: zone,
        RecordSets: weights.map(([SetIdentifier, Weight]) => ({
          Name: "group.example.com",
          Type: "A",
          TTL: "60",
          SetIdentifier,
          Weight,
          ResourceRecords: ["192.0.2.5"],
        })),
      },
    },
  });
  expect(
    (
      await deploy(
        server,
        "records",
        resources("192.0.2.1", "CNAME", "one.example.com", [
          ["a", 1],
          ["b", 2],
        ]),
      )
    ).status,
  ).toBe("CREATE_COMPLETE");
  expect(await names()).toEqual([
    ["group.example.com.", "A", "a", "192.0.2.5"],
    ["group.example.com.", "A", "b", "192.0.2.5"],
    ["one.example.com.", "A", undefined, "192.0.2.1"],
    ["other.example.com.", "CNAME", undefined, "one.example.com"],
  ]);
  const changed = resources("192.0.2.2", "TXT", '"text"', [
    ["b", 3],
    ["c", 1],
  ]);
  expect((await deploy(server, "records", changed, {}, true)).status).toBe("UPDATE_COMPLETE");
  expect(await names()).toEqual([
    ["group.example.com.", "A", "b", "192.0.2.5"],
    ["group.example.com.", "A", "c", "192.0.2.5"],
    ["one.example.com.", "A", undefined, "192.0.2.2"],
    ["other.example.com.", "TXT", undefined, '"text"'],
  ]);
  const again = { Again: changed.One };
  expect((await deploy(server, "again", again)).status).toBe("ROLLBACK_COMPLETE");
  expect((await reasons(server, "again"))[0]).toContain(
    "[Tried to create resource record set [name='one.example.com.', type='A'] but it already exists]",
  );
  expect(await names()).toHaveLength(4);
  await call("cloudformation", "DeleteStack", { StackName: "records" });
  await expect.poll(names, { interval: 20 }).toEqual([]);
});

test("a certificate in a template waits for a record that somebody makes by hand; a zone that is not there fails the stack", async () => {
  await using server = await startTestServer();
  const { call } = server;
  const certificate = (HostedZoneId?: string) => ({
    Certificate: {
      Type: "AWS::CertificateManager::Certificate",
      Properties: {
        DomainName: "app.example.com",
        ValidationMethod: "DNS",
        ...(HostedZoneId && { DomainValidationOptions: [{ DomainName: "app.example.com", HostedZoneId }] }),
      },
    },
  });
  expect((await deploy(server, "lost", certificate("Z0123456789"))).status).toBe("ROLLBACK_COMPLETE");
  expect((await reasons(server, "lost"))[0]).toContain("No hosted zone found with ID: Z0123456789");
  await call("cloudformation", "CreateStack", { StackName: "waits", TemplateBody: JSON.stringify({ Resources: certificate() }) });
  const pending = async () =>
    (await call("acm", "ListCertificates", { CertificateStatuses: ["PENDING_VALIDATION"] })).CertificateSummaryList!;
  await expect.poll(async () => (await pending()).length, { interval: 20 }).toBe(1);
  const told = async () =>
    ((await call("cloudformation", "DescribeStackEvents", { StackName: "waits" })).StackEvents ?? []).map(
      ({ ResourceStatusReason = "" }) => ResourceStatusReason,
    );
  const record =
    /^Content of DNS Record is: \{Name: _[0-9a-f]{32}\.app\.example\.com\.,Type: CNAME,Value: _[0-9a-f]{32}\.[a-z]{10}\.acm-validations\.aws\.\}$/;
  await expect.poll(told, { interval: 20 }).toContainEqual(expect.stringMatching(record));
  await proveDomain(call, (await pending())[0]!.CertificateArn!, "example.com");
  expect((await settled(server, "waits")).status).toBe("CREATE_COMPLETE");
});

test("what an interrupted create had made is found again by its token, or by what stands in the zone", async () => {
  await using server = await startTestServer();
  const { call, cloud, region } = server;
  const request = <P>(token: string, properties: P): ResourceRequest<P> => ({
    cloud,
    account: cloud.account,
    region,
    call,
    callIn: () => call,
    stackName: "s",
    stackId: "arn:s",
    logicalId: "R",
    properties,
    tags: { "aws:cloudformation:stack-id": "arn:s" },
    token,
    physicalName: () => `s-R-${token}`,
    signal: new AbortController().signal,
  });
  const zone = request("a".repeat(32), { Name: "example.com" });
  expect(await hostedZone.find!(zone)).toBeUndefined();
  const made = await hostedZone.create(zone);
  expect(await hostedZone.find!(zone)).toEqual(made);
  expect(await hostedZone.find!({ ...zone, token: "b".repeat(32) })).toBeUndefined();

  const HostedZoneId = made.physicalId;
  const one = request("c".repeat(32), { HostedZoneId, Name: "www.example.com", Type: "A", TTL: "60", ResourceRecords: ["192.0.2.1"] });
  expect(await recordSet.find!(one)).toBeUndefined();
  const record = await recordSet.create(one);
  expect(await recordSet.find!(one)).toEqual(record);
  // Another value is somebody else's record.
  expect(await recordSet.find!({ ...one, properties: { ...one.properties, ResourceRecords: ["192.0.2.2"] } })).toBeUndefined();

  const group = request("d".repeat(32), {
    HostedZoneId,
    RecordSets: [{ Name: "a.example.com", Type: "TXT", TTL: "60", ResourceRecords: ['"x"'] }],
  });
  expect(await recordSetGroup.find!(group)).toBeUndefined();
  expect(await recordSetGroup.create(group)).toEqual(await recordSetGroup.find!(group));

  const checks = request("e".repeat(32), { HealthCheckConfig: { Type: "TCP" as const, IPAddress: "127.0.0.1", Port: 9 } });
  expect(await healthCheck.find!(checks)).toBeUndefined();
  expect(await healthCheck.create(checks)).toEqual(await healthCheck.find!(checks));

  // Gone is gone, asked for twice.
  const gone = { physicalId: record.physicalId, policy: "Delete" as const };
  await recordSet.delete({ ...one, ...gone });
  await recordSet.delete({ ...one, ...gone });
  await recordSetGroup.delete({ ...group, ...gone });
  await hostedZone.delete({ ...zone, physicalId: made.physicalId, policy: "Delete" });
  await hostedZone.delete({ ...zone, physicalId: made.physicalId, policy: "Delete" });
  await recordSet.delete({ ...one, ...gone });
});
