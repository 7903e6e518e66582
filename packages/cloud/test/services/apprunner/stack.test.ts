/** App Runner by CloudFormation: made, changed, taken back and removed as a stack. */
import { DescribeServiceCommand } from "@aws-sdk/client-apprunner";
import { expect, test } from "vitest";
import { startRunnerPlace } from "./place.ts";

const web = (word: string) =>
  `import { createServer } from "node:http"; createServer((_, response) => response.end(${JSON.stringify(word)} + process.env.COLOUR)).listen(process.env.PORT);`;

test("a stack's service runs when the stack is complete, and an update that does not come up leaves it as it was", async () => {
  await using place = await startRunnerPlace();
  const { place: around, client, get, accessRole, instanceRole, server } = place;
  const { call } = around;
  const template = (ImageIdentifier: string, maxSize = 2) =>
    JSON.stringify({
      Resources: {
        Sizes: { Type: "AWS::AppRunner::AutoScalingConfiguration", Properties: { MaxSize: maxSize } },
        Traces: { Type: "AWS::AppRunner::ObservabilityConfiguration", Properties: { TraceConfiguration: { Vendor: "AWSXRAY" } } },
        Connector: { Type: "AWS::AppRunner::VpcConnector", Properties: { Subnets: [around.subnet] } },
        Service: {
          Type: "AWS::AppRunner::Service",
          Properties: {
            SourceConfiguration: {
              AutoDeploymentsEnabled: false,
              AuthenticationConfiguration: { AccessRoleArn: accessRole },
              ImageRepository: {
                ImageIdentifier,
                ImageRepositoryType: "ECR",
                ImageConfiguration: { Port: "3000", RuntimeEnvironmentVariables: [{ Name: "COLOUR", Value: "blau" }] },
              },
            },
            InstanceConfiguration: { Cpu: "256", Memory: "512", InstanceRoleArn: instanceRole },
            AutoScalingConfigurationArn: { Ref: "Sizes" },
            ObservabilityConfiguration: { ObservabilityEnabled: true, ObservabilityConfigurationArn: { Ref: "Traces" } },
            NetworkConfiguration: {
              EgressConfiguration: { EgressType: "VPC", VpcConnectorArn: { "Fn::GetAtt": ["Connector", "VpcConnectorArn"] } },
            },
          },
        },
      },
      Outputs: {
        Arn: { Value: { Ref: "Service" } },
        Url: { Value: { "Fn::GetAtt": ["Service", "ServiceUrl"] } },
        Status: { Value: { "Fn::GetAtt": ["Service", "Status"] } },
      },
    });
  const settled = async (StackName: string) => {
    const find = async () => (await call("cloudformation", "DescribeStacks", { StackName })).Stacks![0]!;
    await expect.poll(async () => (await find()).StackStatus, { interval: 50 }).not.toMatch(/_IN_PROGRESS$/);
    const { StackStatus, StackId, Outputs = [] } = await find();
    return {
      StackStatus,
      StackId: StackId!,
      outputs: Object.fromEntries(Outputs.map(({ OutputKey, OutputValue }) => [OutputKey!, OutputValue!])),
    };
  };
  const good = await around.image("good", web("hello "));
  const bad = await around.image("bad", "process.exit(3)");
  await call("cloudformation", "CreateStack", { StackName: "app", TemplateBody: template(good) });
  const { StackStatus, StackId, outputs } = await settled("app");
  expect(StackStatus).toBe("CREATE_COMPLETE");
  expect(outputs).toMatchObject({ Status: "RUNNING", Arn: expect.stringMatching(/:service\/app-Service-[A-Za-z0-9]{12}\/[0-9a-f]{32}$/) });
  expect(await get(`https://${outputs.Url}`)).toMatchObject({ status: 200, body: "hello blau" });
  const { Tags } = await call("apprunner", "ListTagsForResource", { ResourceArn: outputs.Arn! });
  expect(Tags).toContainEqual({ Key: "aws:cloudformation:stack-id", Value: StackId });

  await call("cloudformation", "UpdateStack", { StackName: "app", TemplateBody: template(bad, 3) });
  expect((await settled("app")).StackStatus).toBe("UPDATE_COMPLETE");
  const { OperationSummaryList } = await call("apprunner", "ListOperations", { ServiceArn: outputs.Arn! });
  expect(OperationSummaryList![0]).toMatchObject({ Type: "UPDATE_SERVICE", Status: "ROLLBACK_SUCCEEDED" });
  const { Service } = await client.send(new DescribeServiceCommand({ ServiceArn: outputs.Arn! }));
  expect(Service!.SourceConfiguration!.ImageRepository!.ImageIdentifier).toBe(good);
  expect(await get(`https://${outputs.Url}`)).toMatchObject({ status: 200, body: "hello blau" });

  await call("cloudformation", "CreateStack", { StackName: "ill", TemplateBody: template(bad) });
  expect((await settled("ill")).StackStatus).toBe("ROLLBACK_COMPLETE");
  const { StackEvents = [] } = await call("cloudformation", "DescribeStackEvents", { StackName: "ill" });
  expect(StackEvents.map(({ ResourceStatusReason }) => ResourceStatusReason ?? "")).toContainEqual(
    expect.stringContaining(
      "is CREATE_FAILED: Your application stopped or failed to start. See logs for more information. Container exit code: 3",
    ),
  );

  await call("cloudformation", "DeleteStack", { StackName: "app" });
  expect((await settled(StackId)).StackStatus).toBe("DELETE_COMPLETE");
  expect((await call("apprunner", "ListVpcConnectors", {})).VpcConnectors).toEqual([]);
  expect(server.reported).toEqual([]);
});
