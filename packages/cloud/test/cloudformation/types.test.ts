/** The registry of types, through the official client: what is listed is what can be made here. */
import {
  CloudFormationClient,
  DescribeTypeCommand,
  ListTypesCommand,
  type ListTypesCommandInput,
  paginateListTypes,
} from "@aws-sdk/client-cloudformation";
import { resourceTypeSchema } from "@plinth/cloudformation/resource-types";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadAll } from "../../src/service.ts";
import { startTestServer, type TestServer } from "../server.ts";

let server: TestServer;
let client: CloudFormationClient;
beforeAll(async () => {
  server = await startTestServer();
  client = new CloudFormationClient(server.client);
});
afterAll(async () => {
  client.destroy();
  await server[Symbol.asyncDispose]();
});

const names = async (input: ListTypesCommandInput) =>
  (await client.send(new ListTypesCommand(input))).TypeSummaries!.map(({ TypeName }) => TypeName);

test("every type that a service makes is listed once, in pages", async () => {
  const listed: (string | undefined)[] = [];
  for await (const page of paginateListTypes({ client, pageSize: 10 }, { Visibility: "PUBLIC", Type: "RESOURCE" })) {
    expect(page.TypeSummaries!.length).toBeLessThanOrEqual(10);
    listed.push(...page.TypeSummaries!.map(({ TypeName }) => TypeName));
  }
  const served = (await loadAll(server.cloud.services)).flatMap(({ resources = {} }) => Object.keys(resources));
  expect(listed).toEqual(served.sort());
});

test("filters narrow the list; without Visibility only private types are asked for", async () => {
  const prefix = { Visibility: "PUBLIC", Filters: { Category: "AWS_TYPES", TypeNamePrefix: "AWS::SSM::" } } as const;
  expect(await names(prefix)).toEqual(["AWS::SSM::Parameter"]);
  expect(await names({})).toEqual([]);
  expect(await names({ Visibility: "PUBLIC", Type: "HOOK" })).toEqual([]);
  expect(await names({ Visibility: "PUBLIC", Filters: { Category: "THIRD_PARTY" } })).toEqual([]);
  await expect(names({ Visibility: "SECRET" as never })).rejects.toMatchObject({ name: "ValidationError" });
});

test("a type is described by name and by ARN, with a schema of the registry's form", async () => {
  const byName = await client.send(new DescribeTypeCommand({ Type: "RESOURCE", TypeName: "AWS::SNS::Topic" }));
  expect(byName).toMatchObject({ Visibility: "PUBLIC", ProvisioningType: "FULLY_MUTABLE", DeprecatedStatus: "LIVE" });
  expect(byName.Arn).toBe("arn:aws:cloudformation:eu-central-1::type/resource/AWS-SNS-Topic");
  expect((await client.send(new DescribeTypeCommand({ Arn: byName.Arn }))).TypeName).toBe("AWS::SNS::Topic");
  const schema = JSON.parse(byName.Schema!);
  expect(schema).toMatchObject({
    typeName: "AWS::SNS::Topic",
    primaryIdentifier: ["/properties/TopicArn"],
    createOnlyProperties: expect.arrayContaining(["/properties/TopicName"]),
  });
  expect(Object.keys(schema.properties).sort()).toEqual(Object.keys(resourceTypeSchema("AWS::SNS::Topic")!.properties).sort());
  // Every reference leads somewhere.
  const references = [...byName.Schema!.matchAll(/#\/definitions\/(\w+)/g)].map(([, name]) => name!);
  expect(references.filter((name) => !Object.hasOwn(schema.definitions, name))).toEqual([]);
});

test("a type that is not served is not found", async () => {
  await expect(client.send(new DescribeTypeCommand({ Type: "RESOURCE", TypeName: "AWS::Nothing::Here" }))).rejects.toMatchObject({
    name: "TypeNotFoundException",
    message: "The type 'AWS::Nothing::Here' cannot be found.",
    $metadata: { httpStatusCode: 404 },
  });
});
