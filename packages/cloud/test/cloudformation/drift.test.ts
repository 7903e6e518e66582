/** Drift: resources of many types are changed through their own services, behind their stack's back; found, and set back. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../server.ts";

const template = {
  Resources: {
    Queue: { Type: "AWS::SQS::Queue", Properties: { VisibilityTimeout: 45, Tags: [{ Key: "team", Value: "a" }] } },
    Topic: { Type: "AWS::SNS::Topic", Properties: { DisplayName: "news" } },
    Log: { Type: "AWS::Logs::LogGroup", Properties: { RetentionInDays: 7 } },
    Bucket: {
      Type: "AWS::S3::Bucket",
      Properties: {
        VersioningConfiguration: { Status: "Enabled" },
        CorsConfiguration: { CorsRules: [{ AllowedMethods: ["GET"], AllowedOrigins: ["https://example.com"], MaxAge: 60 }] },
        LifecycleConfiguration: { Rules: [{ Id: "old", Status: "Enabled", ExpirationInDays: 30 }] },
      },
    },
    Network: { Type: "AWS::EC2::VPC", Properties: { CidrBlock: "10.9.0.0/16", EnableDnsHostnames: true } },
    Group: { Type: "AWS::EC2::SecurityGroup", Properties: { GroupDescription: "web", VpcId: { Ref: "Network" } } },
    Open: {
      Type: "AWS::EC2::SecurityGroupIngress",
      Properties: { GroupId: { Ref: "Group" }, IpProtocol: "tcp", FromPort: 443, ToPort: 443, CidrIp: "0.0.0.0/0" },
    },
    Role: {
      Type: "AWS::IAM::Role",
      Properties: {
        AssumeRolePolicyDocument: {
          Version: "2012-10-17",
          Statement: [{ Effect: "Allow", Principal: { Service: "ecs-tasks.amazonaws.com" }, Action: "sts:AssumeRole" }],
        },
        Policies: [
          {
            PolicyName: "own",
            PolicyDocument: { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "sqs:SendMessage", Resource: "*" }] },
          },
        ],
      },
    },
    Alarm: {
      Type: "AWS::CloudWatch::Alarm",
      Properties: {
        Namespace: "Test",
        MetricName: "Errors",
        Statistic: "Sum",
        Period: 60,
        EvaluationPeriods: 1,
        Threshold: 10,
        ComparisonOperator: "GreaterThanThreshold",
      },
    },
    Setting: { Type: "AWS::SSM::Parameter", Properties: { Type: "String", Value: "one" } },
    Images: { Type: "AWS::ECR::Repository", Properties: { ImageTagMutability: "IMMUTABLE" } },
    Secret: { Type: "AWS::SecretsManager::Secret", Properties: { Description: "a key", GenerateSecretString: {} } },
    Cluster: { Type: "AWS::ECS::Cluster", Properties: { ClusterSettings: [{ Name: "containerInsights", Value: "enabled" }] } },
  },
};
type LogicalId = keyof typeof template.Resources;

let server: TestServer;
const StackName = "drifting";
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const settled = (status: string) =>
  expect
    .poll(async () => (await server.call("cloudformation", "DescribeStacks", { StackName })).Stacks![0]!.StackStatus, { timeout: 30_000 })
    .toBe(status);
const idOf = async (LogicalResourceId: LogicalId) =>
  (await server.call("cloudformation", "DescribeStackResources", { StackName, LogicalResourceId })).StackResources![0]!.PhysicalResourceId!;
async function drifts() {
  const { StackDriftDetectionId } = await server.call("cloudformation", "DetectStackDrift", { StackName });
  const { StackDriftStatus } = await server.call("cloudformation", "DescribeStackDriftDetectionStatus", {
    StackDriftDetectionId: StackDriftDetectionId!,
  });
  const { StackResourceDrifts = [] } = await server.call("cloudformation", "DescribeStackResourceDrifts", { StackName });
  const found = StackResourceDrifts.filter(({ StackResourceDriftStatus }) => StackResourceDriftStatus !== "IN_SYNC");
  return {
    StackDriftStatus,
    checked: StackResourceDrifts.length,
    found: Object.fromEntries(
      found.map((one) => [
        one.LogicalResourceId,
        [
          one.StackResourceDriftStatus,
          ...(one.PropertyDifferences ?? []).map((each) => `${each.PropertyPath} ${each.ExpectedValue} → ${each.ActualValue}`),
        ],
      ]),
    ),
  };
}

test("what nobody has changed has not drifted; changes and deletions are found by type and place, and a drift-aware change set sets them back", async () => {
  const { call } = server;
  await server.call("cloudformation", "CreateStack", {
    StackName,
    TemplateBody: JSON.stringify(template),
    Capabilities: ["CAPABILITY_IAM"],
  });
  await settled("CREATE_COMPLETE");
  expect(await drifts()).toEqual({ StackDriftStatus: "IN_SYNC", checked: 13, found: {} });

  await call("sqs", "SetQueueAttributes", { QueueUrl: await idOf("Queue"), Attributes: { VisibilityTimeout: "10" } });
  await call("sns", "SetTopicAttributes", { TopicArn: await idOf("Topic"), AttributeName: "DisplayName", AttributeValue: "old" });
  await call("logs", "PutRetentionPolicy", { logGroupName: await idOf("Log"), retentionInDays: 30 });
  await call("s3", "DeleteBucketCors", { Bucket: await idOf("Bucket") });
  await call("s3", "PutBucketVersioning", { Bucket: await idOf("Bucket"), VersioningConfiguration: { Status: "Suspended" } });
  await call("ec2", "ModifyVpcAttribute", { VpcId: await idOf("Network"), EnableDnsHostnames: { Value: false } });
  await call("ec2", "RevokeSecurityGroupIngress", { GroupId: await idOf("Group"), SecurityGroupRuleIds: [await idOf("Open")] });
  await call("iam", "PutRolePolicy", {
    RoleName: await idOf("Role"),
    PolicyName: "own",
    PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] }),
  });
  await call("cloudwatch", "DeleteAlarms", { AlarmNames: [await idOf("Alarm")] });
  await call("ssm", "PutParameter", { Name: await idOf("Setting"), Value: "two", Overwrite: true });
  await call("ecr", "PutImageTagMutability", { repositoryName: await idOf("Images"), imageTagMutability: "MUTABLE" });
  await call("secretsmanager", "UpdateSecret", { SecretId: await idOf("Secret"), Description: "another" });
  await call("ecs", "UpdateClusterSettings", {
    cluster: await idOf("Cluster"),
    settings: [{ name: "containerInsights", value: "disabled" }],
  });

  const { StackDriftStatus, found } = await drifts();
  expect(StackDriftStatus).toBe("DRIFTED");
  expect(found).toMatchObject({
    Queue: ["MODIFIED", "/VisibilityTimeout 45 → 10"],
    Topic: ["MODIFIED", "/DisplayName news → old"],
    Log: ["MODIFIED", "/RetentionInDays 7 → 30"],
    Bucket: ["MODIFIED", "/VersioningConfiguration/Status Enabled → Suspended", expect.stringMatching(/^\/CorsConfiguration .* → null$/)],
    Network: ["MODIFIED", "/EnableDnsHostnames true → false"],
    Open: ["DELETED"],
    Role: ["MODIFIED", expect.stringMatching(/^\/Policies\/0\/PolicyDocument .*sqs:SendMessage.* → .*"\*"/)],
    Alarm: ["DELETED"],
    Setting: ["MODIFIED", "/Value one → two"],
    Images: ["MODIFIED", "/ImageTagMutability IMMUTABLE → MUTABLE"],
    Secret: ["MODIFIED", "/Description a key → another"],
    Cluster: ["MODIFIED", "/ClusterSettings/0/Value enabled → disabled"],
  });
  expect(Object.keys(found)).not.toContain("Group");

  await call("cloudformation", "CreateChangeSet", {
    StackName,
    ChangeSetName: "back",
    UsePreviousTemplate: true,
    DeploymentMode: "REVERT_DRIFT",
    Capabilities: ["CAPABILITY_IAM"],
  });
  const set = await call("cloudformation", "DescribeChangeSet", { StackName, ChangeSetName: "back", IncludePropertyValues: true });
  expect([set.DeploymentMode, set.StackDriftStatus]).toEqual(["REVERT_DRIFT", "DRIFTED"]);
  const changes = new Map(set.Changes!.map(({ ResourceChange }) => [ResourceChange!.LogicalResourceId, ResourceChange!]));
  expect([...changes.keys()]).toEqual(Object.keys(found).sort());
  expect(changes.get("Log")).toMatchObject({
    Action: "Modify",
    ResourceDriftStatus: "MODIFIED",
    Details: [
      {
        Target: {
          Path: "/Properties/RetentionInDays",
          BeforeValue: "30",
          AfterValue: "7",
          BeforeValueFrom: "ACTUAL_STATE",
          Drift: { PreviousValue: "7", ActualValue: "30" },
        },
      },
    ],
  });
  expect(changes.get("Alarm")).toMatchObject({ Action: "Add", ResourceDriftStatus: "DELETED" });
  await call("cloudformation", "ExecuteChangeSet", { StackName, ChangeSetName: "back" });
  await settled("UPDATE_COMPLETE");
  expect(await drifts()).toEqual({ StackDriftStatus: "IN_SYNC", checked: 13, found: {} });
  expect((await call("logs", "DescribeLogGroups", { logGroupNamePrefix: await idOf("Log") })).logGroups![0]!.retentionInDays).toBe(7);
  expect((await call("cloudwatch", "DescribeAlarms", { AlarmNames: [await idOf("Alarm")] })).MetricAlarms).toHaveLength(1);

  await call("cloudformation", "CreateChangeSet", {
    StackName,
    ChangeSetName: "none",
    UsePreviousTemplate: true,
    DeploymentMode: "REVERT_DRIFT",
    Capabilities: ["CAPABILITY_IAM"],
  });
  expect((await call("cloudformation", "DescribeChangeSet", { StackName, ChangeSetName: "none" })).Status).toBe("FAILED");
}, 60_000);
