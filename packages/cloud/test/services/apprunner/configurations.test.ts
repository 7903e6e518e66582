/** What App Runner is given: configurations with revisions, connectors, tags; and what it refuses. No instance runs here. */
import {
  AppRunnerClient,
  CreateAutoScalingConfigurationCommand,
  CreateObservabilityConfigurationCommand,
  CreateServiceCommand,
  type CreateServiceCommandInput,
  CreateVpcConnectorCommand,
  CreateVpcIngressConnectionCommand,
  DeleteAutoScalingConfigurationCommand,
  DeleteVpcConnectorCommand,
  DescribeAutoScalingConfigurationCommand,
  DescribeObservabilityConfigurationCommand,
  DescribeServiceCommand,
  DescribeVpcConnectorCommand,
  ListAutoScalingConfigurationsCommand,
  ListTagsForResourceCommand,
  ListVpcConnectorsCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateDefaultAutoScalingConfigurationCommand,
} from "@aws-sdk/client-apprunner";
import { afterAll, beforeAll, expect, test } from "vitest";
import { roleByArn, sessionOf } from "../../../src/identity/assume-role.ts";
import type { Principal } from "../../../src/identity/principal.ts";
import { startSimulatedServer, type TestServer } from "../../server.ts";

let server: TestServer;
let client: AppRunnerClient;
let accessRole: string;
const prefix = "arn:aws:apprunner:eu-central-1:123456789012";

beforeAll(async () => {
  server = await startSimulatedServer();
  client = new AppRunnerClient(server.client);
  const { Role } = await server.call("iam", "CreateRole", {
    RoleName: "access",
    AssumeRolePolicyDocument: JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { Service: "build.apprunner.amazonaws.com" }, Action: "sts:AssumeRole" }],
    }),
  });
  accessRole = Role!.Arn!;
});
afterAll(async () => {
  client.destroy();
  await server[Symbol.asyncDispose]();
  expect(server.reported).toEqual([]);
});

test("auto scaling configurations have revisions, of which the newest is meant by the name, and one is the default", async () => {
  const create = (MaxSize: number) =>
    client.send(new CreateAutoScalingConfigurationCommand({ AutoScalingConfigurationName: "shop", MinSize: 2, MaxSize }));
  const [first, second] = [await create(3), await create(4)].map(({ AutoScalingConfiguration }) => AutoScalingConfiguration!);
  expect(first).toMatchObject({
    AutoScalingConfigurationArn: expect.stringMatching(new RegExp(`^${prefix}:autoscalingconfiguration/shop/1/[0-9a-f]{32}$`)),
    AutoScalingConfigurationRevision: 1,
    Latest: true,
    Status: "ACTIVE",
    MaxConcurrency: 100,
    MinSize: 2,
    MaxSize: 3,
    HasAssociatedService: false,
    IsDefault: false,
  });
  const describe = async (arn: string) =>
    (await client.send(new DescribeAutoScalingConfigurationCommand({ AutoScalingConfigurationArn: arn }))).AutoScalingConfiguration!;
  expect(await describe(first!.AutoScalingConfigurationArn!)).toMatchObject({ Latest: false });
  expect(await describe(`${prefix}:autoscalingconfiguration/shop`)).toEqual({ ...second, Latest: true });
  const list = async (LatestOnly: boolean) =>
    (await client.send(new ListAutoScalingConfigurationsCommand({ LatestOnly }))).AutoScalingConfigurationSummaryList!.map(
      ({ AutoScalingConfigurationName: name, AutoScalingConfigurationRevision: revision, IsDefault }) => [name, revision, IsDefault],
    );
  expect(await list(false)).toEqual([
    ["DefaultConfiguration", 1, true],
    ["shop", 1, false],
    ["shop", 2, false],
  ]);
  await client.send(
    new UpdateDefaultAutoScalingConfigurationCommand({ AutoScalingConfigurationArn: second!.AutoScalingConfigurationArn! }),
  );
  expect(await list(true)).toEqual([
    ["DefaultConfiguration", 1, false],
    ["shop", 2, true],
  ]);
  const remove = (AutoScalingConfigurationArn: string) =>
    client.send(new DeleteAutoScalingConfigurationCommand({ AutoScalingConfigurationArn }));
  await expect(remove(second!.AutoScalingConfigurationArn!)).rejects.toMatchObject({ name: "InvalidRequestException" });
  const provided = `${prefix}:autoscalingconfiguration/DefaultConfiguration/1/00000000000000000000000000000001`;
  await client.send(new UpdateDefaultAutoScalingConfigurationCommand({ AutoScalingConfigurationArn: provided }));
  await expect(remove(provided)).rejects.toMatchObject({ name: "InvalidRequestException" });
  expect((await remove(first!.AutoScalingConfigurationArn!)).AutoScalingConfiguration).toMatchObject({ Status: "INACTIVE" });
  await expect(describe(first!.AutoScalingConfigurationArn!)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
});

test("a connector has an interface in each of its subnets as long as it is there", async () => {
  const { Subnets = [] } = await server.call("ec2", "DescribeSubnets", {});
  const subnets = Subnets.slice(0, 2).map(({ SubnetId }) => SubnetId!);
  const { VpcConnector } = await client.send(
    new CreateVpcConnectorCommand({ VpcConnectorName: "inside", Subnets: subnets, Tags: [{ Key: "team", Value: "a" }] }),
  );
  const arn = VpcConnector!.VpcConnectorArn!;
  expect(VpcConnector).toMatchObject({
    VpcConnectorArn: expect.stringMatching(new RegExp(`^${prefix}:vpcconnector/inside/1/[0-9a-f]{32}$`)),
    VpcConnectorRevision: 1,
    Subnets: subnets,
    SecurityGroups: [expect.stringMatching(/^sg-/)],
    Status: "ACTIVE",
  });
  const interfaces = async () =>
    (await server.call("ec2", "DescribeNetworkInterfaces", {})).NetworkInterfaces!.map(({ SubnetId, Status }) => [SubnetId, Status]);
  expect((await interfaces()).toSorted()).toEqual(subnets.map((subnet) => [subnet, "in-use"]).toSorted());
  expect((await client.send(new ListVpcConnectorsCommand({}))).VpcConnectors).toHaveLength(1);
  await expect(client.send(new CreateVpcConnectorCommand({ VpcConnectorName: "inside", Subnets: subnets }))).rejects.toMatchObject({
    name: "InvalidRequestException",
  });
  await expect(client.send(new CreateVpcConnectorCommand({ VpcConnectorName: "else", Subnets: ["subnet-1"] }))).rejects.toMatchObject({
    name: "InvalidRequestException",
  });

  await client.send(new TagResourceCommand({ ResourceArn: arn, Tags: [{ Key: "stage", Value: "dev" }] }));
  await client.send(new UntagResourceCommand({ ResourceArn: arn, TagKeys: ["team"] }));
  expect((await client.send(new ListTagsForResourceCommand({ ResourceArn: arn }))).Tags).toEqual([{ Key: "stage", Value: "dev" }]);
  expect((await client.send(new DeleteVpcConnectorCommand({ VpcConnectorArn: arn }))).VpcConnector).toMatchObject({ Status: "INACTIVE" });
  expect(await interfaces()).toEqual([]);
  await expect(client.send(new DescribeVpcConnectorCommand({ VpcConnectorArn: arn }))).rejects.toMatchObject({
    name: "ResourceNotFoundException",
  });
});

test("observability configurations have revisions; what is not served is refused by name", async () => {
  const { ObservabilityConfiguration: made } = await client.send(
    new CreateObservabilityConfigurationCommand({ ObservabilityConfigurationName: "traces", TraceConfiguration: { Vendor: "AWSXRAY" } }),
  );
  const ObservabilityConfigurationArn = made!.ObservabilityConfigurationArn!;
  const { ObservabilityConfiguration: found } = await client.send(
    new DescribeObservabilityConfigurationCommand({ ObservabilityConfigurationArn }),
  );
  expect(found).toEqual(made);
  const ingress = { ServiceArn: `${prefix}:service/shop/1`, VpcIngressConnectionName: "in-here", IngressVpcConfiguration: {} };
  await expect(client.send(new CreateVpcIngressConnectionCommand(ingress))).rejects.toMatchObject({ name: "NotImplemented" });
  await expect(client.send(new DescribeServiceCommand({ ServiceArn: `${prefix}:service/shop/1` }))).rejects.toMatchObject({
    name: "ResourceNotFoundException",
  });
});

const image = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/app:1";
const source = (more: object = {}, repository: object = {}) => ({
  AuthenticationConfiguration: { AccessRoleArn: accessRole },
  ImageRepository: { ImageIdentifier: image, ImageRepositoryType: "ECR", ...repository },
  ...more,
});
const variables = (RuntimeEnvironmentVariables: Record<string, string>) =>
  source({}, { ImageConfiguration: { RuntimeEnvironmentVariables } });

test.each([
  ["a short name", () => ({ ServiceName: "web" }), "ValidationException"],
  ["no source", () => ({ SourceConfiguration: {} }), "InvalidRequestException"],
  [
    "a code repository",
    () => ({
      SourceConfiguration: { CodeRepository: { RepositoryUrl: "https://x", SourceCodeVersion: { Type: "BRANCH", Value: "main" } } },
    }),
    "NotImplemented",
  ],
  [
    "ECR without an access role",
    () => ({ SourceConfiguration: source({ AuthenticationConfiguration: undefined }) }),
    "InvalidRequestException",
  ],
  ["an access role that trusts others", () => ({ InstanceConfiguration: { InstanceRoleArn: accessRole } }), `InvalidRequestException`],
  [
    "automatic deployments of a public image",
    () => ({
      SourceConfiguration: {
        AutoDeploymentsEnabled: true,
        ImageRepository: { ImageIdentifier: "public.ecr.aws/a/b:c", ImageRepositoryType: "ECR_PUBLIC" },
      },
    }),
    "InvalidRequestException",
  ],
  [
    "an image of another type",
    () => ({ SourceConfiguration: source({}, { ImageRepositoryType: "ECR_PUBLIC" }) }),
    "InvalidRequestException",
  ],
  ["a variable of App Runner's own", () => ({ SourceConfiguration: variables({ AWSAPPRUNNER_X: "1" }) }), "InvalidRequestException"],
  ["PORT as a variable", () => ({ SourceConfiguration: variables({ PORT: "1" }) }), "InvalidRequestException"],
  ["a size that is not offered", () => ({ InstanceConfiguration: { Cpu: "256", Memory: "4096" } }), "InvalidRequestException"],
  ["a size that is no size", () => ({ InstanceConfiguration: { Cpu: "3 vCPU" } }), "ValidationException"],
  [
    "a health check without a path's slash",
    () => ({ HealthCheckConfiguration: { Protocol: "HTTP", Path: "x" } }),
    "InvalidRequestException",
  ],
  ["an interval of a minute", () => ({ HealthCheckConfiguration: { Interval: 60 } }), "ValidationException"],
  [
    "sizes that are not there",
    () => ({ AutoScalingConfigurationArn: `${prefix}:autoscalingconfiguration/none` }),
    "ResourceNotFoundException",
  ],
  [
    "a way into a VPC without a connector",
    () => ({ NetworkConfiguration: { EgressConfiguration: { EgressType: "VPC" } } }),
    "InvalidRequestException",
  ],
  ["a private service", () => ({ NetworkConfiguration: { IngressConfiguration: { IsPubliclyAccessible: false } } }), "NotImplemented"],
])("a service with %s is refused", async (_, given, name) => {
  const input = { ServiceName: "shop", SourceConfiguration: source(), ...given() } as CreateServiceCommandInput;
  await expect(client.send(new CreateServiceCommand(input))).rejects.toMatchObject({ name });
});

test("policies are asked for the service by its name, and for the roles that it is given", async () => {
  const allowed = (Resource: string, ...more: object[]): Principal =>
    sessionOf(server.cloud, roleByArn(server.cloud, accessRole)!, "deploys", {
      sessionPolicy: JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "apprunner:*", Resource }, ...more] }),
    });
  await server.call("iam", "PutRolePolicy", {
    RoleName: "access",
    PolicyName: "all",
    PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] }),
  });
  const create = (principal: Principal) =>
    server.cloud.as(principal, "eu-central-1")("apprunner", "CreateService", {
      ServiceName: "shop",
      SourceConfiguration: source() as never,
      HealthCheckConfiguration: { Interval: 0 },
    });
  const own = `${prefix}:service/shop/*`;
  const pass = (to: string) => ({
    Effect: "Allow",
    Action: "iam:PassRole",
    Resource: accessRole,
    Condition: { StringEquals: { "iam:PassedToService": to } },
  });
  await expect(create(allowed(`${prefix}:service/other/*`, pass("build.apprunner.amazonaws.com")))).rejects.toMatchObject({
    code: "AccessDeniedException",
  });
  await expect(create(allowed(own, pass("tasks.apprunner.amazonaws.com")))).rejects.toMatchObject({ code: "AccessDeniedException" });
  // Let in, and refused for its health check alone.
  await expect(create(allowed(own, pass("build.apprunner.amazonaws.com")))).rejects.toMatchObject({ code: "ValidationException" });
});
