/** Custom resources: what their functions are told, what becomes of what they answer, and of what they do not. */
import { CloudFormationClient, CreateStackCommand, DeleteStackCommand, UpdateStackCommand } from "@aws-sdk/client-cloudformation";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestServer, type TestServer } from "../../server.ts";

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

/** Notes each request in a parameter, and answers as the properties say. */
const code = `const response = require("cfn-response");
const { SSM } = require("@aws-sdk/client-ssm");
exports.handler = async (event, context) => {
  const { Name, Id, Fail } = event.ResourceProperties;
  const value = JSON.stringify([event.RequestType, event.ResourceType, event.PhysicalResourceId, event.ResourceProperties, event.OldResourceProperties]);
  await new SSM().putParameter({ Name: "/asked/" + Name + "/" + event.RequestType + (event.RequestType === "Delete" ? event.PhysicalResourceId : ""), Value: value, Type: "String", Overwrite: true });
  await new Promise((done) => response.send(event, { ...context, done }, Fail === event.RequestType ? "FAILED" : "SUCCESS", { Text: "of " + Name, "A.B": 7 }, Id));
};`;

const template = (properties: object, type = "Custom::Thing") =>
  JSON.stringify({
    Resources: {
      Role: {
        Type: "AWS::IAM::Role",
        Properties: {
          AssumeRolePolicyDocument: {
            Version: "2012-10-17",
            Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }],
          },
          Policies: [
            {
              PolicyName: "p",
              PolicyDocument: { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "ssm:*", Resource: "*" }] },
            },
          ],
        },
      },
      Function: {
        Type: "AWS::Lambda::Function",
        Properties: {
          Handler: "index.handler",
          Runtime: "nodejs22.x",
          Timeout: 60,
          Role: { "Fn::GetAtt": ["Role", "Arn"] },
          Code: { ZipFile: code },
        },
      },
      Thing: { Type: type, Properties: { ServiceToken: { "Fn::GetAtt": ["Function", "Arn"] }, ...properties } },
    },
    Outputs: {
      Id: { Value: { Ref: "Thing" } },
      Text: { Value: { "Fn::GetAtt": ["Thing", "Text"] } },
      Nested: { Value: { "Fn::GetAtt": ["Thing", "A.B"] } },
    },
  });

async function settled(StackName: string) {
  let stack = (await server.call("cloudformation", "DescribeStacks", { StackName })).Stacks![0]!;
  await expect
    .poll(async () => {
      stack = (await server.call("cloudformation", "DescribeStacks", { StackName: stack.StackId! })).Stacks![0]!;
      return stack.StackStatus;
    })
    .not.toMatch(/_IN_PROGRESS$/u);
  const outputs = Object.fromEntries((stack.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]));
  return { id: stack.StackId!, status: stack.StackStatus, outputs };
}

const asked = async (name: string): Promise<unknown[]> =>
  JSON.parse((await server.call("ssm", "GetParameter", { Name: `/asked/${name}` })).Parameter!.Value!) as unknown[];

it("the function makes, changes, replaces and removes them; what it answers is what Ref and GetAtt give", async () => {
  const Capabilities = ["CAPABILITY_IAM" as const];
  await client.send(
    new CreateStackCommand({ StackName: "s", TemplateBody: template({ Name: "a", Id: "one", Size: 3, On: true }), Capabilities }),
  );
  const { id, status, outputs } = await settled("s");
  expect([status, outputs]).toEqual(["CREATE_COMPLETE", { Id: "one", Text: "of a", Nested: "7" }]);
  const created = await asked("a/Create");
  expect(created).toMatchObject(["Create", "Custom::Thing", null, { Name: "a", Size: "3", On: "true" }, null]);
  await client.send(new UpdateStackCommand({ StackName: "s", TemplateBody: template({ Name: "a", Id: "two", Size: 4 }), Capabilities }));
  expect(await settled("s")).toMatchObject({ status: "UPDATE_COMPLETE", outputs: { Id: "two" } });
  expect(await asked("a/Update")).toMatchObject(["Update", "Custom::Thing", "one", { Size: "4" }, { Size: "3" }]);
  expect(await asked("a/Deleteone")).toMatchObject(["Delete", "Custom::Thing", "one", { Size: "3" }, null]);
  await client.send(new DeleteStackCommand({ StackName: "s" }));
  expect((await settled(id)).status).toBe("DELETE_COMPLETE");
  expect(await asked("a/Deletetwo")).toMatchObject(["Delete", "Custom::Thing", "two", { Size: "4" }, null]);
});

it("a failure that it answers is the resource's, and what it has made is removed; so is a time that passes", async () => {
  const create = (StackName: string, properties: object) =>
    client.send(
      new CreateStackCommand({
        StackName,
        TemplateBody: template(properties, "AWS::CloudFormation::CustomResource"),
        Capabilities: ["CAPABILITY_IAM"],
      }),
    );
  const reasonOf = async (StackName: string) => {
    const { StackEvents = [] } = await server.call("cloudformation", "DescribeStackEvents", { StackName });
    return StackEvents.find((one) => one.LogicalResourceId === "Thing" && one.ResourceStatus === "CREATE_FAILED")?.ResourceStatusReason;
  };
  await create("f", { Name: "f", Id: "half", Fail: "Create" });
  // A topic is told as well; nobody answers there.
  const { TopicArn } = await server.call("sns", "CreateTopic", { Name: "asked" });
  await create("t", { ServiceToken: TopicArn, ServiceTimeout: 1 });
  await create("n", { ServiceToken: "arn:aws:lambda:eu-central-1:123456789012:function:none", Name: "t" });
  expect((await settled("f")).status).toBe("ROLLBACK_COMPLETE");
  expect(await reasonOf("f")).toMatch(
    /^Received response status \[FAILED\] from custom resource\. Message returned: See the details in CloudWatch Log Stream: .* \(RequestId: \w+\)$/u,
  );
  expect(await asked("f/Deletehalf")).toMatchObject(["Delete", "AWS::CloudFormation::CustomResource", "half", { Name: "f" }, null]);
  expect((await settled("n")).status).toBe("ROLLBACK_COMPLETE");
  expect(await reasonOf("n")).toContain("Function not found");
  expect((await settled("t")).status).toBe("ROLLBACK_COMPLETE");
  expect(await reasonOf("t")).toContain("CloudFormation did not receive a response from your Custom Resource.");
});

it("a function that a macro names changes a template before it is looked at", async () => {
  const { Role, Function } = (JSON.parse(template({})) as { Resources: Record<string, { Properties: object }> }).Resources;
  const ZipFile =
    'exports.handler = async ({ requestId, fragment, params }) => ({ requestId, status: "success", fragment: { ...fragment, Value: params.Text } });';
  const TemplateBody = JSON.stringify({
    Resources: {
      Role,
      Function: { ...Function, Properties: { ...Function!.Properties, Code: { ZipFile } } },
      Macro: { Type: "AWS::CloudFormation::Macro", Properties: { Name: "Fill", FunctionName: { Ref: "Function" } } },
    },
  });
  await client.send(new CreateStackCommand({ StackName: "macros", TemplateBody, Capabilities: ["CAPABILITY_IAM"] }));
  expect((await settled("macros")).status).toBe("CREATE_COMPLETE");
  const Properties = { Name: "/filled", Type: "String", "Fn::Transform": { Name: "Fill", Parameters: { Text: "by a function" } } };
  await client.send(
    new CreateStackCommand({
      StackName: "filled",
      TemplateBody: JSON.stringify({ Resources: { P: { Type: "AWS::SSM::Parameter", Properties } } }),
      Capabilities: ["CAPABILITY_AUTO_EXPAND"],
    }),
  );
  expect((await settled("filled")).status).toBe("CREATE_COMPLETE");
  expect((await server.call("ssm", "GetParameter", { Name: "/filled" })).Parameter!.Value).toBe("by a function");
});
