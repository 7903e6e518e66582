/** What Aurora, public services, Next.js and rollouts become, where the golden files of the examples do not show it. */
import { expect, test } from "vitest";
import { wide } from "./apps/index.ts";
import { assemblyOf, letIn, propertiesOf, resourcesOf, statementsOf } from "./compile-app.ts";

const [prod, local] = [assemblyOf(wide, "prod"), assemblyOf(wide, "local", { local: true })];
const environment = (id: string): Record<string, unknown> => {
  const [container] = propertiesOf(prod, "compute", `${id}TaskDefinition`)["ContainerDefinitions"] as {
    Environment?: { Name: string; Value: unknown }[];
  }[];
  return Object.fromEntries((container!.Environment ?? []).map(({ Name, Value }) => [Name, Value]));
};

test("what only reads reaches the readers: through the proxy where there is one, else by the cluster's reading address", () => {
  const host = (id: string) =>
    (propertiesOf(prod, "database", id)["SecretString"] as { "Fn::Sub": [string, { Host: unknown }] })["Fn::Sub"][1].Host;
  const proxy = { "Fn::GetAtt": ["DataProxy", "Endpoint"] };
  expect(host("DataConnection")).toEqual({ "Fn::If": ["DataHasGlobalEndpoint", { Ref: "DataGlobalEndpoint" }, proxy] });
  expect(host("DataReadOnlyConnection")).toEqual({ "Fn::GetAtt": ["DataProxyReadOnly", "Endpoint"] });
  expect(host("FixedConnection")).toEqual({
    "Fn::GetAtt": ["Fixed", "Endpoint.Address"],
  });
  expect(host("FixedReadOnlyConnection")).toEqual({ "Fn::GetAtt": ["Fixed", "ReadEndpoint.Address"] });
  expect(propertiesOf(prod, "database", "DataProxy")["Auth"]).toHaveLength(4);
  // The administrator's login is the server's own: its task does not go through the proxy.
  expect(letIn(prod).filter(([id]) => /^Data(?:Proxy)?From/.test(id))).toEqual([
    ["DataProxyFromHosted", 5432, "a group"],
    ["DataFromDataProxy", 5432, "a group"],
    ["DataFromBastion", 5432, "a group"],
    ["DataFromAdministration", 5432, "a group"],
  ]);
});

test("a fixed machine has no capacity, and readers beyond the first follow their own load", () => {
  expect(propertiesOf(prod, "database", "Fixed")).not.toHaveProperty("ServerlessV2ScalingConfiguration");
  expect(propertiesOf(prod, "database", "FixedWriter")["DBInstanceClass"]).toBe("db.r7g.large");
  expect(["DataWriter", "DataReader1", "DataReader2"].map((id) => propertiesOf(prod, "database", id)["PromotionTier"])).toEqual([0, 1, 2]);
  expect(propertiesOf(prod, "database", "Asleep")["ServerlessV2ScalingConfiguration"]).toEqual({
    MinCapacity: 0,
    MaxCapacity: 4,
    SecondsUntilAutoPause: 300,
  });
});

test("copies have ranges beside the app's own", () => {
  expect(propertiesOf(prod, "network-us-east-1", "DataUsEast1Vpc")["CidrBlock"]).toBe("10.5.0.0/16");
  expect(propertiesOf(prod, "network-eu-central-1", "DataEuCentral1Vpc")["CidrBlock"]).toBe("10.6.0.0/16");
  const [stack] = prod.stacks.filter(({ name }) => name === "wide-prod-network-us-east-1");
  expect(stack!.parameters).toEqual({
    Vpc: { from: "output", stack: "wide-prod-network", output: "Vpc" },
    Zone1: { from: "zone", index: 0, region: "us-east-1" },
    Zone2: { from: "zone", index: 1, region: "us-east-1" },
  });
});

test("alarms and the dashboard know a cluster by its own name, and its capacity", () => {
  expect(propertiesOf(prod, "observability", "DataCapacityAlarm")).toMatchObject({ MetricName: "ACUUtilization", Threshold: 80 });
  expect(propertiesOf(prod, "observability", "DataCpuAlarm")["Dimensions"]).toMatchObject([
    { Name: "DBClusterIdentifier" },
    { Name: "Role" },
  ]);
  expect(resourcesOf(prod, "observability")).not.toHaveProperty("DataStorageAlarm");
  expect(resourcesOf(prod, "observability")).not.toHaveProperty("FixedCapacityAlarm");
  expect(resourcesOf(prod, "observability")).toHaveProperty("SharedEntranceHostedUnhealthyAlarm");
  expect(resourcesOf(prod, "observability")).toHaveProperty("EntryGreenishUnhealthyOtherAlarm");
});

test("a public service without a domain has a port of the shared load balancer; its callers may go there", () => {
  expect(propertiesOf(prod, "compute", "SharedEntranceBare")).toMatchObject({ Port: 3002, Protocol: "HTTP" });
  expect(letIn(prod).filter(([id]) => id.startsWith("SharedEntranceFrom"))).toEqual([
    ["SharedEntranceFromInternetHttp", 80, "0.0.0.0/0"],
    ["SharedEntranceFromInternetHttps", 443, "0.0.0.0/0"],
    ["SharedEntranceFromInternet3002", 3002, "0.0.0.0/0"],
  ]);
  expect(environment("PlainSite")).toMatchObject({
    NEXT_PUBLIC_BARE: { "Fn::Sub": ["http://${Name}:3002", { Name: { "Fn::GetAtt": ["SharedEntrance", "DNSName"] } }] },
    SITE: "https://www.example.com",
    PORT: "3004",
  });
  expect(propertiesOf(prod, "network", "RunnerToBare")).toMatchObject({ FromPort: 3002, CidrIp: "0.0.0.0/0" });
  expect(prod.outputs["bare"]!["url"]).toEqual({ from: "output", stack: "wide-prod-compute", output: "BareUrl" });
});

test("Next.js without a domain has CloudFront's own name, over whose certificate nothing is said", () => {
  expect(propertiesOf(prod, "compute", "PlainSiteDistribution")).toMatchObject({
    DistributionConfig: {
      ViewerCertificate: { CloudFrontDefaultCertificate: true },
      Origins: [{ CustomOriginConfig: { OriginProtocolPolicy: "http-only" } }, {}],
    },
  });
  expect(propertiesOf(prod, "compute", "PlainSiteRule")["ListenerArn"]).toEqual({ Ref: "SharedEntranceHttp" });
  expect(propertiesOf(prod, "compute", "SiteRule")["ListenerArn"]).toEqual({ Ref: "SharedEntranceHttps" });
  expect(environment("Greenish")).toMatchObject({
    PLAIN: { "Fn::Sub": ["https://${Name}", { Name: { "Fn::GetAtt": ["PlainSiteDistribution", "DomainName"] } }] },
  });
});

test("what a Next.js app writes into pages is a build argument, as far as it is known before the deploy", () => {
  const [site] = prod.images.filter(({ context }) => context.endsWith("/site"));
  expect(site!.args).toEqual({
    NEXT_PUBLIC_API: "https://api.example.com",
    NEXT_PUBLIC_V1: "https://api.example.com/v1",
    NEXT_PUBLIC_N: "3",
  });
});

test("App Runner itself: in the network, deployed only by us, each after those that it names", () => {
  expect(propertiesOf(prod, "compute", "Runner")).toMatchObject({
    SourceConfiguration: {
      AutoDeploymentsEnabled: false,
      AuthenticationConfiguration: { AccessRoleArn: { Ref: "RunnerExecutionRoleArn" } },
      ImageRepository: {
        ImageRepositoryType: "ECR",
        ImageConfiguration: {
          Port: "3003",
          StartCommand: "node server.js",
          RuntimeEnvironmentSecrets: [
            { Name: "DATABASE_URL" },
            { "Fn::If": ["HasKey", { Name: "KEY", Value: { Ref: "Key" } }, { Ref: "AWS::NoValue" }] },
            { Name: "LEVEL" },
          ],
        },
      },
    },
    InstanceConfiguration: { Cpu: "512", Memory: "1024" },
    NetworkConfiguration: { EgressConfiguration: { EgressType: "VPC" } },
  });
  expect(propertiesOf(prod, "compute", "ShownRunner")).toMatchObject({
    SourceConfiguration: { ImageRepository: { ImageRepositoryType: "ECR_PUBLIC" } },
  });
  expect(JSON.stringify(propertiesOf(prod, "compute", "ShownRunner"))).not.toContain("AuthenticationConfiguration");
  const reads = statementsOf(prod).filter(({ role }) => role === "RunnerTaskRole");
  expect(reads.map(({ Action }) => Action)).toEqual([["secretsmanager:GetSecretValue"], ["ssm:GetParameters"], ["kms:Decrypt"]]);
  expect(prod.programs.map(({ name }) => name)).not.toContain("runner");
});

test("what is published lies in us-east-1, wherever the app is; in the embedded cloud nothing is", () => {
  expect(resourcesOf(prod, "edge")["ShownRepository"]!.Type).toBe("AWS::ECR::PublicRepository");
  expect(prod.images.find(({ name }) => name === "shown")).toMatchObject({
    registry: "public",
    repository: { stack: "wide-prod-edge", output: "ShownRepository" },
  });
  expect(resourcesOf(local, "storage")["ShownRepository"]!.Type).toBe("AWS::ECR::Repository");
});

test("rollouts: two groups in a rule whose weights are ECS's, an alarm that goes back, a role that may", () => {
  expect(propertiesOf(prod, "compute", "EntryGreenishRule")["Actions"]).toEqual([
    {
      Type: "forward",
      ForwardConfig: {
        TargetGroups: [
          { TargetGroupArn: { Ref: "EntryGreenishTargets" }, Weight: { Ref: "EntryGreenishRuleWeight" } },
          { TargetGroupArn: { Ref: "EntryGreenishOtherTargets" }, Weight: { Ref: "EntryGreenishRuleOtherWeight" } },
        ],
      },
    },
  ]);
  const configuration = (id: string) => propertiesOf(prod, "compute", `${id}Service`)["DeploymentConfiguration"];
  const alarms = (id: string) => ({ AlarmNames: [{ Ref: `${id}RolloutAlarm` }], Enable: true, Rollback: true });
  expect(configuration("Greenish")).toMatchObject({ Strategy: "BLUE_GREEN", BakeTimeInMinutes: 10, Alarms: alarms("Greenish") });
  expect(configuration("Linear")).toMatchObject({
    Strategy: "LINEAR",
    BakeTimeInMinutes: 5,
    LinearConfiguration: { StepPercent: 20, StepBakeTimeInMinutes: 3 },
  });
  expect(configuration("Canary")).toMatchObject({
    Strategy: "CANARY",
    CanaryConfiguration: { CanaryPercent: 10, CanaryBakeTimeInMinutes: 10 },
  });
  expect(propertiesOf(prod, "compute", "GreenishService")["LoadBalancers"]).toEqual([
    {
      ContainerName: "greenish",
      ContainerPort: 80,
      TargetGroupArn: { Ref: "EntryGreenishTargets" },
      AdvancedConfiguration: {
        AlternateTargetGroupArn: { Ref: "EntryGreenishOtherTargets" },
        ProductionListenerRule: { Ref: "EntryGreenishRule" },
        RoleArn: { Ref: "GreenishRolloutRoleArn" },
      },
    },
  ]);
  expect(propertiesOf(prod, "iam", "GreenishRolloutRole")["ManagedPolicyArns"]).toEqual([
    { "Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/AmazonECSInfrastructureRolePolicyForLoadBalancers" },
  ]);
  expect(propertiesOf(local, "compute", "GreenishService")["DeploymentConfiguration"]).toEqual(configuration("Greenish"));
});

test("scaling by metrics of CloudWatch: a policy for each, and the right to write what is the app's own", () => {
  const aim = (id: string) => propertiesOf(prod, "compute", id)["TargetTrackingScalingPolicyConfiguration"];
  expect(aim("CanaryMetricScaling")).toMatchObject({
    TargetValue: 40,
    CustomizedMetricSpecification: {
      Namespace: "Wide",
      MetricName: "OpenCarts",
      Dimensions: [{ Name: "Stage", Value: "any" }],
      Statistic: "Average",
    },
  });
  expect(aim("CanaryMetric2Scaling")).toMatchObject({ TargetValue: 30.5, CustomizedMetricSpecification: { Statistic: "Maximum" } });
  expect(statementsOf(prod).filter(({ role }) => role === "CanaryTaskRole")).toContainEqual({
    role: "CanaryTaskRole",
    Effect: "Allow",
    Action: ["cloudwatch:PutMetricData"],
    Resource: "*",
    Condition: { StringEquals: { "cloudwatch:namespace": "Wide" } },
  });
});

test("files: whose they are, when they get cold, and who may mount them", () => {
  expect(propertiesOf(prod, "storage", "Files")).toMatchObject({
    ThroughputMode: "bursting",
    LifecyclePolicies: [{ TransitionToIA: "AFTER_30_DAYS" }, { TransitionToPrimaryStorageClass: "AFTER_1_ACCESS" }],
  });
  expect(propertiesOf(prod, "storage", "More")).toMatchObject({
    LifecyclePolicies: [{ TransitionToIA: "AFTER_1_DAY" }, { TransitionToPrimaryStorageClass: "AFTER_1_ACCESS" }],
  });
  expect(propertiesOf(prod, "storage", "FilesAccessPoint")).toMatchObject({ PosixUser: { Uid: "33", Gid: "33" } });
  expect(
    letIn(prod)
      .filter(([, port]) => port === 2049)
      .map(([id]) => id),
  ).toEqual(["FilesFromGreenish", "MoreFromGreenish", "FilesFromLinear", "FilesFromKeep"]);
});

test("in the embedded cloud: what is otherwise than on AWS, in sentences", () => {
  expect(local.notes).toEqual([
    "shown lies in a repository of this cloud here: nothing is published from the embedded cloud.",
    "network has no bastion here: what stands in the embedded cloud is reached directly.",
  ]);
});
