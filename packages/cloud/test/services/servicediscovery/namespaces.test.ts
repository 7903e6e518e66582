/** AWS Cloud Map through its official client: namespaces, services, instances and how they are discovered. */
import {
  CreateHttpNamespaceCommand,
  CreatePrivateDnsNamespaceCommand,
  CreateServiceCommand,
  DeleteNamespaceCommand,
  DeleteServiceAttributesCommand,
  DeleteServiceCommand,
  DeregisterInstanceCommand,
  DiscoverInstancesCommand,
  GetInstancesHealthStatusCommand,
  GetNamespaceCommand,
  GetOperationCommand,
  GetServiceAttributesCommand,
  GetServiceCommand,
  ListInstancesCommand,
  ListNamespacesCommand,
  ListOperationsCommand,
  ListServicesCommand,
  ListTagsForResourceCommand,
  RegisterInstanceCommand,
  ServiceDiscoveryClient,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateHttpNamespaceCommand,
  UpdateInstanceCustomHealthStatusCommand,
  UpdateServiceAttributesCommand,
  UpdateServiceCommand,
} from "@aws-sdk/client-servicediscovery";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startSimulatedServer, type TestServer } from "../../server.ts";

let server: TestServer;
let map: ServiceDiscoveryClient;
beforeAll(async () => {
  server = await startSimulatedServer();
  map = new ServiceDiscoveryClient({ ...server.client, disableHostPrefix: true });
});
afterAll(async () => {
  map.destroy();
  await server[Symbol.asyncDispose]();
  expect(server.reported).toEqual([]);
});

async function namespace(Name: string): Promise<string> {
  const { OperationId } = await map.send(new CreateHttpNamespaceCommand({ Name, Tags: [{ Key: "a", Value: "b" }] }));
  const { Operation } = await map.send(new GetOperationCommand({ OperationId: OperationId! }));
  expect(Operation).toMatchObject({ Type: "CREATE_NAMESPACE", Status: "SUCCESS" });
  return Operation!.Targets!.NAMESPACE!;
}

test("a namespace is made by an operation, found by its name, changed and removed", async () => {
  const Id = await namespace("shop");
  const { Namespace } = await map.send(new GetNamespaceCommand({ Id }));
  expect(Namespace).toMatchObject({
    Id: expect.stringMatching(/^ns-[a-z2-7]{16}$/),
    Arn: `arn:aws:servicediscovery:eu-central-1:123456789012:namespace/${Id}`,
    Name: "shop",
    Type: "HTTP",
    ServiceCount: 0,
    Properties: { HttpProperties: { HttpName: "shop" } },
  });
  await expect(map.send(new CreateHttpNamespaceCommand({ Name: "shop" }))).rejects.toMatchObject({
    name: "NamespaceAlreadyExists",
    NamespaceId: Id,
  });
  await namespace("other");
  const { Namespaces } = await map.send(new ListNamespacesCommand({ Filters: [{ Name: "NAME", Values: ["shop"] }] }));
  expect(Namespaces!.map((each) => each.Id)).toEqual([Id]);
  await map.send(new UpdateHttpNamespaceCommand({ Id, Namespace: { Description: "all of it" } }));
  expect((await map.send(new GetNamespaceCommand({ Id: Namespace!.Arn! }))).Namespace!.Description).toBe("all of it");
  await map.send(new DeleteNamespaceCommand({ Id }));
  await expect(map.send(new GetNamespaceCommand({ Id }))).rejects.toMatchObject({ name: "NamespaceNotFound" });
  const { Operations } = await map.send(new ListOperationsCommand({ Filters: [{ Name: "NAMESPACE_ID", Values: [Id] }] }));
  expect(Operations!.map(({ Status }) => Status)).toEqual(["SUCCESS", "SUCCESS", "SUCCESS"]);
});

test("instances are discovered by health and attributes", async () => {
  const NamespaceId = await namespace("mesh");
  const { Service } = await map.send(
    new CreateServiceCommand({ Name: "api", NamespaceId, HealthCheckCustomConfig: { FailureThreshold: 1 } }),
  );
  const ServiceId = Service!.Id!;
  await expect(map.send(new CreateServiceCommand({ Name: "API", NamespaceId }))).rejects.toMatchObject({
    name: "ServiceAlreadyExists",
    ServiceId,
  });
  for (const [InstanceId, zone] of [
    ["one", "a"],
    ["two", "b"],
  ] as const) {
    await map.send(new RegisterInstanceCommand({ ServiceId, InstanceId, Attributes: { AWS_INSTANCE_IPV4: "10.0.0.1", zone } }));
  }
  const discovered = async (more: object = {}) => {
    const { Instances } = await map.send(new DiscoverInstancesCommand({ NamespaceName: "mesh", ServiceName: "api", ...more }));
    return Instances!.map(({ InstanceId }) => InstanceId);
  };
  expect(await discovered()).toEqual(["one", "two"]);
  expect(await discovered({ QueryParameters: { zone: "b" } })).toEqual(["two"]);
  expect(await discovered({ OptionalParameters: { zone: "nowhere" } })).toEqual(["one", "two"]);
  await map.send(new UpdateInstanceCustomHealthStatusCommand({ ServiceId, InstanceId: "one", Status: "UNHEALTHY" }));
  expect([await discovered(), await discovered({ HealthStatus: "UNHEALTHY" }), await discovered({ HealthStatus: "ALL" })]).toEqual([
    ["two"],
    ["one"],
    ["one", "two"],
  ]);
  const { Status } = await map.send(new GetInstancesHealthStatusCommand({ ServiceId }));
  expect(Status).toEqual({ one: "UNHEALTHY", two: "HEALTHY" });
  expect((await map.send(new ListInstancesCommand({ ServiceId }))).Instances!.map(({ Id }) => Id)).toEqual(["one", "two"]);
  expect((await map.send(new GetServiceCommand({ Id: ServiceId }))).Service).toMatchObject({ Name: "api", InstanceCount: 2, NamespaceId });
  await expect(map.send(new DeleteNamespaceCommand({ Id: NamespaceId }))).rejects.toMatchObject({ name: "ResourceInUse" });
  await expect(map.send(new DeleteServiceCommand({ Id: ServiceId }))).rejects.toMatchObject({ name: "ResourceInUse" });
  for (const InstanceId of ["one", "two"]) await map.send(new DeregisterInstanceCommand({ ServiceId, InstanceId }));
  const again = new DeregisterInstanceCommand({ ServiceId, InstanceId: "one" });
  await expect(map.send(again)).rejects.toMatchObject({ name: "InstanceNotFound" });
  await map.send(new DeleteServiceCommand({ Id: ServiceId }));
  expect((await map.send(new ListServicesCommand({ Filters: [{ Name: "NAMESPACE_ID", Values: [NamespaceId] }] }))).Services).toEqual([]);
});

test("tags, and a service without a namespace", async () => {
  const Id = await namespace("tagged");
  const { Namespace } = await map.send(new GetNamespaceCommand({ Id }));
  const ResourceARN = Namespace!.Arn!;
  await map.send(new TagResourceCommand({ ResourceARN, Tags: [{ Key: "c", Value: "d" }] }));
  await map.send(new UntagResourceCommand({ ResourceARN, TagKeys: ["a"] }));
  expect((await map.send(new ListTagsForResourceCommand({ ResourceARN }))).Tags).toEqual([{ Key: "c", Value: "d" }]);
  await expect(map.send(new CreateServiceCommand({ Name: "y" }))).rejects.toMatchObject({ name: "InvalidInput" });
});

test("a namespace in DNS has a zone, in which healthy instances stand", async () => {
  const { call } = server;
  const { Vpcs } = await call("ec2", "DescribeVpcs", {});
  const { OperationId } = await map.send(new CreatePrivateDnsNamespaceCommand({ Name: "shop.internal", Vpc: Vpcs![0]!.VpcId! }));
  const { Operation } = await map.send(new GetOperationCommand({ OperationId: OperationId! }));
  const NamespaceId = Operation!.Targets!.NAMESPACE!;
  const { Namespace } = await map.send(new GetNamespaceCommand({ Id: NamespaceId }));
  const HostedZoneId = Namespace!.Properties!.DnsProperties!.HostedZoneId!;
  expect(Namespace).toMatchObject({
    Type: "DNS_PRIVATE",
    Properties: { DnsProperties: { SOA: { TTL: 15 } }, HttpProperties: { HttpName: "shop.internal" } },
  });
  const DnsRecords = [{ Type: "A" as const, TTL: 60 }];
  const { Service } = await map.send(
    new CreateServiceCommand({ Name: "api", NamespaceId, DnsConfig: { DnsRecords }, HealthCheckCustomConfig: { FailureThreshold: 1 } }),
  );
  const ServiceId = Service!.Id!;
  expect(Service).toMatchObject({ Type: "DNS_HTTP", DnsConfig: { NamespaceId, RoutingPolicy: "MULTIVALUE", DnsRecords } });
  await expect(map.send(new RegisterInstanceCommand({ ServiceId, InstanceId: "x", Attributes: { a: "b" } }))).rejects.toMatchObject({
    name: "InvalidInput",
  });
  for (const last of [1, 2]) {
    await map.send(new RegisterInstanceCommand({ ServiceId, InstanceId: `i${last}`, Attributes: { AWS_INSTANCE_IPV4: `10.0.0.${last}` } }));
  }
  const records = async () => {
    const { ResourceRecordSets } = await call("route53", "ListResourceRecordSets", { HostedZoneId });
    return ResourceRecordSets!
      .filter(({ Type }) => !["NS", "SOA"].includes(Type!))
      .map((each) => [each.Name, each.SetIdentifier, each.TTL, each.ResourceRecords![0]!.Value]);
  };
  const name = "api.shop.internal.";
  expect(await records()).toEqual([
    [name, "i1", 60, "10.0.0.1"],
    [name, "i2", 60, "10.0.0.2"],
  ]);
  await map.send(new UpdateInstanceCustomHealthStatusCommand({ ServiceId, InstanceId: "i1", Status: "UNHEALTHY" }));
  await map.send(new UpdateServiceCommand({ Id: ServiceId, Service: { DnsConfig: { DnsRecords: [{ Type: "A", TTL: 10 }] } } }));
  expect(await records()).toEqual([[name, "i2", 10, "10.0.0.2"]]);
  for (const InstanceId of ["i1", "i2"]) await map.send(new DeregisterInstanceCommand({ ServiceId, InstanceId }));
  expect(await records()).toEqual([]);

  await map.send(new UpdateServiceAttributesCommand({ ServiceId, Attributes: { owner: "web", tier: "1" } }));
  await map.send(new DeleteServiceAttributesCommand({ ServiceId, Attributes: ["tier"] }));
  expect((await map.send(new GetServiceAttributesCommand({ ServiceId }))).ServiceAttributes!.Attributes).toEqual({ owner: "web" });
  await map.send(new DeleteServiceCommand({ Id: ServiceId }));
  await map.send(new DeleteNamespaceCommand({ Id: NamespaceId }));
  await expect(call("route53", "GetHostedZone", { Id: HostedZoneId })).rejects.toMatchObject({ name: "NoSuchHostedZone" });

  const nowhere = await map.send(new CreatePrivateDnsNamespaceCommand({ Name: "x", Vpc: "vpc-1" }));
  expect((await map.send(new GetOperationCommand({ OperationId: nowhere.OperationId! }))).Operation).toMatchObject({
    Status: "FAIL",
    ErrorCode: "CANNOT_CREATE_HOSTED_ZONE",
  });
});
