/** Arive's templates, whole, as golden files (`vitest run FILE -u` writes them anew); and the rows of its source that they must hold. */
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import arive from "../../../examples/arive/plinth.config.ts";
import type { Assembly } from "../src/index.ts";
import { assemblyOf, letIn, propertiesOf, resourcesOf, statementsOf } from "./compile-app.ts";
import { golden } from "./golden.ts";

const configFolder = fileURLToPath(new URL("../../../examples/arive/", import.meta.url));
const assembly = (stage: string, local = false): Assembly => assemblyOf(arive, stage, { local, configFolder });
const [dev, staging, prod] = [assembly("dev"), assembly("staging"), assembly("prod")];

test.each(["dev", "staging", "prod"])("%s", async (stage) => {
  await expect(golden(assembly(stage), configFolder)).toMatchFileSnapshot(`golden/arive-${stage}.yaml`);
});

test("A1: API and worker are one image with two commands, the smallest size; the worker has no load balancer", () => {
  const containers = ["Api", "Worker"].map((id) => {
    const { Cpu, Memory, ContainerDefinitions } = propertiesOf(prod, "compute", `${id}TaskDefinition`);
    const [{ Image, Command }] = ContainerDefinitions as [{ Image: unknown; Command: unknown }];
    return { Cpu, Memory, Image, Command };
  });
  expect(containers).toEqual([
    { Cpu: "256", Memory: "512", Image: { Ref: "BackendImage" }, Command: ["node", "api.js"] },
    { Cpu: "256", Memory: "512", Image: { Ref: "BackendImage" }, Command: ["node", "worker.js"] },
  ]);
  expect(propertiesOf(prod, "compute", "ApiService")).toHaveProperty("LoadBalancers");
  expect(propertiesOf(prod, "compute", "WorkerService")).not.toHaveProperty("LoadBalancers");
});

test("A2: TLS with a certificate that DNS validates, a record for the name, 80 leads to 443; dev has neither name nor TLS", () => {
  expect(propertiesOf(prod, "compute", "EntryCertificate")).toMatchObject({
    DomainName: "api.tryarive.com",
    ValidationMethod: "DNS",
    DomainValidationOptions: [{ DomainName: "api.tryarive.com", HostedZoneId: { Ref: "EntryHostedZone" } }],
  });
  expect(propertiesOf(prod, "compute", "EntryAlias")).toMatchObject({ Name: "api.tryarive.com", Type: "A" });
  expect(propertiesOf(prod, "compute", "EntryHttp")["DefaultActions"]).toMatchObject([{ Type: "redirect" }]);
  expect(propertiesOf(staging, "compute", "EntryAlias")).toMatchObject({ Name: "api.staging.tryarive.com" });
  expect(prod.outputs["entry"]!["url"]).toEqual({ from: "value", value: "https://api.tryarive.com" });
  expect(Object.keys(resourcesOf(dev, "compute")).filter((id) => /Certificate|Alias|Https/.test(id))).toEqual([]);
});

test("A3: Aurora of a version that pauses, from zero to four units, after five minutes", () => {
  expect(propertiesOf(prod, "database", "Database")).toMatchObject({
    Engine: "aurora-postgresql",
    EngineVersion: expect.stringMatching(/^15\.(?:[7-9]|\d\d)$/),
    ServerlessV2ScalingConfiguration: { MinCapacity: 0, MaxCapacity: 4, SecondsUntilAutoPause: 300 },
    StorageEncrypted: true,
  });
  expect(propertiesOf(prod, "database", "DatabaseWriter")).toMatchObject({ DBInstanceClass: "db.serverless", PubliclyAccessible: false });
});

test("A4: the uploads bucket keeps versions, is closed, lets the site in, and forgets old versions", () => {
  expect(propertiesOf(prod, "storage", "Uploads")).toMatchObject({
    VersioningConfiguration: { Status: "Enabled" },
    PublicAccessBlockConfiguration: {
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    },
    CorsConfiguration: {
      CorsRules: [
        { AllowedOrigins: ["https://tryarive.com"], AllowedMethods: ["GET", "PUT", "POST"], AllowedHeaders: ["*"], MaxAge: 3000 },
      ],
    },
  });
  expect(propertiesOf(prod, "storage", "Uploads")["LifecycleConfiguration"]).toMatchObject({
    Rules: [{}, { NoncurrentVersionExpiration: { NoncurrentDays: 90 } }, { ExpiredObjectDeleteMarker: true }],
  });
});

test("A5: the administrator's password has the name of the source; programs get one of two logins", () => {
  expect(propertiesOf(prod, "secrets", "DatabaseMaster")).toMatchObject({ Name: "arive/prod/database-password" });
  expect(propertiesOf(prod, "database", "DatabaseMasterAttachment")).toMatchObject({ TargetType: "AWS::RDS::DBCluster" });
  expect(Object.keys(resourcesOf(dev, "secrets"))).toEqual(["DatabaseMaster", "DatabaseLoginA", "DatabaseLoginB"]);
  expect(prod.beforeServices).toMatchObject([{ purpose: "database-administration", name: "database" }]);
});

test("A6: the ranges of the source, the S3 gateway, no NAT: tasks have public addresses, the database does not", () => {
  const network = resourcesOf(prod, "network");
  const ranges = Object.entries(network)
    .filter(([, { Type }]) => Type === "AWS::EC2::Subnet")
    .map(([id, { Properties }]) => [id, Properties!["CidrBlock"]]);
  expect(ranges).toEqual([
    ["PublicSubnet1", "10.0.1.0/24"],
    ["PublicSubnet2", "10.0.2.0/24"],
    ["PrivateSubnet1", "10.0.11.0/24"],
    ["PrivateSubnet2", "10.0.12.0/24"],
  ]);
  expect(Object.values(network).filter(({ Type }) => Type === "AWS::EC2::NatGateway")).toEqual([]);
  expect(network["EndpointS3"]!.Properties).toMatchObject({ VpcEndpointType: "Gateway" });
  expect(propertiesOf(prod, "compute", "ApiService")["NetworkConfiguration"]).toMatchObject({
    AwsvpcConfiguration: { AssignPublicIp: "ENABLED", Subnets: [{ Ref: "PublicSubnet1" }, { Ref: "PublicSubnet2" }] },
  });
  expect(propertiesOf(prod, "database", "DatabaseSubnetGroup")["SubnetIds"]).toEqual([
    { Ref: "PrivateSubnet1" },
    { Ref: "PrivateSubnet2" },
  ]);
});

test("A7: who may call whom, and nobody else", () => {
  expect(letIn(prod)).toEqual([
    ["DatabaseFromApi", 5432, "a group"],
    ["DatabaseFromWorker", 5432, "a group"],
    ["EntryFromInternetHttp", 80, "0.0.0.0/0"],
    ["EntryFromInternetHttps", 443, "0.0.0.0/0"],
    ["ApiFromEntry", 8000, "a group"],
    ["DatabaseFromAdministration", 5432, "a group"],
  ]);
});

test("A8, A9: logs are kept for seven days, and so are backups", () => {
  for (const id of ["ApiLogGroup", "WorkerLogGroup"]) expect(propertiesOf(prod, "storage", id)).toMatchObject({ RetentionInDays: 7 });
  expect(propertiesOf(prod, "database", "Database")).toMatchObject({ BackupRetentionPeriod: 7, CopyTagsToSnapshot: true });
  expect(resourcesOf(prod, "database")["Database"]).toMatchObject({ DeletionPolicy: "Snapshot", UpdateReplacePolicy: "Snapshot" });
});

test("A12: the repository deletes old images", () => {
  const { LifecyclePolicyText } = propertiesOf(prod, "storage", "BackendRepository")["LifecyclePolicy"] as { LifecyclePolicyText: string };
  expect(JSON.parse(LifecyclePolicyText)).toMatchObject({ rules: [{ selection: { countType: "imageCountMoreThan", countNumber: 50 } }] });
});

test("A13: production is protected; the others are as large and are not", () => {
  expect(propertiesOf(prod, "database", "Database")["DeletionProtection"]).toBe(true);
  expect(propertiesOf(staging, "database", "Database")["DeletionProtection"]).toBe(false);
  expect(resourcesOf(prod, "storage")["Uploads"]!.DeletionPolicy).toBe("RetainExceptOnCreate");
  expect(resourcesOf(dev, "storage")["Uploads"]!.DeletionPolicy).toBe("Delete");
});

test("A14: no role has an action with a wildcard, and only what has no resource has all", () => {
  const statements = statementsOf(prod);
  expect(statements.flatMap(({ Action }) => Action).filter((action) => action.includes("*"))).toEqual([]);
  expect(statements.filter(({ Resource }) => Resource === "*").flatMap(({ Action }) => Action)).toEqual([
    "ecr:GetAuthorizationToken",
    // Sessions in the API's tasks: the way to the database.
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
    "ecr:GetAuthorizationToken",
  ]);
  expect(statements.filter(({ role, Resource }) => role === "ApiTaskRole" && Resource !== "*").map(({ Resource }) => Resource)).toEqual([
    { Ref: "UploadsArn" },
    { "Fn::Sub": ["${Arn}/*", { Arn: { Ref: "UploadsArn" } }] },
  ]);
});
