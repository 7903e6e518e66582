/** What CloudFormation makes of secrets: values generated once, and a database's place written into its login. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AwsError } from "../../../src/aws-error.ts";
import type { ResourceRequest } from "../../../src/resource.ts";
import type { Call } from "../../../src/service.ts";
import { resourcePolicy } from "../../../src/services/secretsmanager/resources/ResourcePolicy.ts";
import { secret } from "../../../src/services/secretsmanager/resources/Secret.ts";
import { secretTargetAttachment } from "../../../src/services/secretsmanager/resources/SecretTargetAttachment.ts";
import { startSimulatedCloud, type TestCloud } from "../../cloud.ts";

type Properties = ResourceProperties["AWS::SecretsManager::Secret"];

let testCloud: TestCloud;
beforeEach(async () => {
  testCloud = await startSimulatedCloud();
});
afterEach(() => testCloud[Symbol.asyncDispose]());

const stackId = "arn:aws:cloudformation:eu-central-1:123456789012:stack/app/1";
const systemTags = { "aws:cloudformation:stack-id": stackId, "aws:cloudformation:logical-id": "Login" };

function request<P>(properties: P, token = "a".repeat(32), call: Call = testCloud.call): ResourceRequest<P> {
  return {
    cloud: testCloud.cloud,
    account: "123456789012",
    region: "eu-central-1",
    call,
    callIn: () => call,
    stackName: "app",
    stackId,
    logicalId: "Login",
    properties,
    tags: { team: "web", ...systemTags },
    token,
    physicalName: () => `app-Login-${token.slice(0, 12)}`,
    signal: new AbortController().signal,
  };
}

const valueOf = async (SecretId: string) => (await testCloud.call("secretsmanager", "GetSecretValue", { SecretId })).SecretString;
const GenerateSecretString = {
  SecretStringTemplate: '{"username":"app"}',
  GenerateStringKey: "password",
  PasswordLength: 24,
  ExcludePunctuation: true,
};

describe("AWS::SecretsManager::Secret", () => {
  test("generates a value into its template, tagged by its stack", async () => {
    const { physicalId, attributes } = await secret.create(request<Properties>({ GenerateSecretString }));
    expect(attributes).toEqual({ Id: physicalId });
    expect(JSON.parse((await valueOf(physicalId))!)).toEqual({ username: "app", password: expect.stringMatching(/^[A-Za-z0-9]{24}$/) });
    const { Tags } = await testCloud.call("secretsmanager", "DescribeSecret", { SecretId: physicalId });
    expect(Object.fromEntries(Tags!.map(({ Key, Value }) => [Key, Value]))).toEqual({ team: "web", ...systemTags });
  });

  test("keeps the value when anything but its rules changes", async () => {
    const { physicalId } = await secret.create(request<Properties>({ GenerateSecretString }));
    const before = await valueOf(physicalId);
    const properties = { GenerateSecretString, Description: "new", Tags: [{ Key: "more", Value: "1" }] };
    await secret.update!({ ...request<Properties>(properties, "b".repeat(32)), physicalId, previous: { GenerateSecretString } });
    expect(await valueOf(physicalId)).toBe(before);
    expect(await testCloud.call("secretsmanager", "DescribeSecret", { SecretId: physicalId })).toMatchObject({ Description: "new" });
    const other = { GenerateSecretString: { ...GenerateSecretString, PasswordLength: 30 } };
    await secret.update!({ ...request<Properties>(other, "c".repeat(32)), physicalId, previous: properties });
    expect(JSON.parse((await valueOf(physicalId))!)).toMatchObject({ password: expect.stringMatching(/^[A-Za-z0-9]{30}$/) });
  });

  test("keeps copies in the Regions that its template names, and takes them away before itself", async () => {
    const first = { SecretString: "a", ReplicaRegions: [{ Region: "us-east-1" }, { Region: "us-west-2" }] };
    const { physicalId } = await secret.create(request<Properties>(first));
    const regions = async () =>
      (await testCloud.call("secretsmanager", "DescribeSecret", { SecretId: physicalId })).ReplicationStatus!.map(({ Region }) => Region);
    expect(await regions()).toEqual(["us-east-1", "us-west-2"]);
    const second = { SecretString: "a", ReplicaRegions: [{ Region: "us-west-2" }, { Region: "eu-west-1" }] };
    await secret.update!({ ...request<Properties>(second), physicalId, previous: first });
    expect(await regions()).toEqual(["us-west-2", "eu-west-1"]);
    await secret.delete({ ...request<Properties>(second), physicalId, policy: "Delete" });
    await expect(regions()).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });

  test("takes another value as often as the template says one, also an earlier one", async () => {
    const { physicalId } = await secret.create(request<Properties>({ SecretString: "a" }));
    let previous: Properties = { SecretString: "a" };
    for (const SecretString of ["b", "a", "c"]) {
      await secret.update!({ ...request<Properties>({ SecretString }), physicalId, previous });
      expect(await valueOf(physicalId)).toBe(SecretString);
      previous = { SecretString };
    }
  });

  test("is found by an act that is repeated, and not taken for another's", async () => {
    const asked = request<Properties>({ Name: "app/login", GenerateSecretString });
    expect(await secret.find!(asked)).toBeUndefined();
    const made = await secret.create(asked);
    expect(await secret.find!(asked)).toEqual(made);
    expect(await secret.find!({ ...asked, logicalId: "Other" })).toBeUndefined();
  });

  test("goes at once, also when it is gone", async () => {
    const { physicalId } = await secret.create(request<Properties>({ SecretString: "x" }));
    const deletion = { ...request<Properties>({ SecretString: "x" }), physicalId, policy: "Delete" as const };
    await secret.delete(deletion);
    await secret.delete(deletion);
    expect((await testCloud.call("secretsmanager", "ListSecrets", { IncludePlannedDeletion: true })).SecretList).toEqual([]);
  });
});

describe("AWS::SecretsManager::SecretTargetAttachment", () => {
  const endpoint = { Address: "db.example", Port: 5432 };
  /** The cloud, with a database that stands. */
  const withDatabase: Call = ((service: string, operation: string, input: never) => {
    if (service !== "rds") return testCloud.call(service as "secretsmanager", operation as "GetSecretValue", input);
    if (operation !== "DescribeDBInstances") throw new AwsError("NotImplemented", operation);
    return Promise.resolve({
      DBInstances: [{ DBInstanceIdentifier: "app-db", Engine: "aurora-postgresql", Endpoint: endpoint, DBName: "app" }],
    });
  }) as Call;

  test("writes the database's place beside the login, once, and takes it out again", async () => {
    const { physicalId: SecretId } = await secret.create(request<Properties>({ GenerateSecretString }));
    const login = JSON.parse((await valueOf(SecretId))!) as object;
    const asked = request({ SecretId, TargetId: "app-db", TargetType: "AWS::RDS::DBInstance" }, "d".repeat(32), withDatabase);
    expect((await secretTargetAttachment.create(asked)).physicalId).toBe(SecretId);
    expect(JSON.parse((await valueOf(SecretId))!)).toEqual({
      ...login,
      engine: "postgres",
      host: "db.example",
      port: 5432,
      dbname: "app",
      dbInstanceIdentifier: "app-db",
    });
    await secretTargetAttachment.create(asked);
    const { Versions } = await testCloud.call("secretsmanager", "ListSecretVersionIds", { SecretId, IncludeDeprecated: true });
    expect(Versions).toHaveLength(2);
    await secretTargetAttachment.delete({ ...asked, token: "e".repeat(32), physicalId: SecretId, policy: "Delete" });
    expect(JSON.parse((await valueOf(SecretId))!)).toEqual(login);
  });

  test("refuses a target of a kind that is not here", async () => {
    const { physicalId: SecretId } = await secret.create(request<Properties>({ GenerateSecretString }));
    await expect(secretTargetAttachment.create(request({ SecretId, TargetId: "r", TargetType: "AWS::Redshift::Cluster" }))).rejects.toThrow(
      /AWS::Redshift::Cluster/,
    );
  });
});

describe("AWS::SecretsManager::ResourcePolicy", () => {
  test("is the secret's policy, under the secret's ARN; taken away it leaves none", async () => {
    const { physicalId: SecretId } = await secret.create(request<Properties>({ GenerateSecretString }));
    const ResourcePolicy = {
      Version: "2012-10-17",
      Statement: [{ Effect: "Deny", Principal: "*", Action: "secretsmanager:DeleteSecret", Resource: "*" }],
    };
    const asked = request({ SecretId, ResourcePolicy, BlockPublicPolicy: true });
    expect(await resourcePolicy.create(asked)).toEqual({ physicalId: SecretId, attributes: { Id: SecretId } });
    const policyOf = async () => (await testCloud.call("secretsmanager", "GetResourcePolicy", { SecretId })).ResourcePolicy;
    expect(JSON.parse((await policyOf())!)).toEqual(ResourcePolicy);
    await resourcePolicy.delete({ ...asked, physicalId: SecretId, policy: "Delete" });
    expect(await policyOf()).toBeUndefined();
  });
});
