/** Plue's templates, whole, as golden files (`vitest run FILE -u` writes them anew); and the rows of its source that they must hold. */
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import plue from "../../../examples/plue/plinth.config.ts";
import type { Assembly } from "../src/index.ts";
import { assemblyOf, letIn, propertiesOf, resourcesOf, statementsOf } from "./compile-app.ts";
import { golden } from "./golden.ts";

const configFolder = fileURLToPath(new URL("../../../examples/plue/", import.meta.url));
const assembly = (stage: string): Assembly => assemblyOf(plue, stage, { configFolder });
const [dev, production, resilient] = [assembly("dev"), assembly("production"), assembly("resilient")];
type Container = { Environment?: { Name: string; Value: unknown }[]; Secrets?: { Name: string }[]; MountPoints?: unknown };
const container = (of: Assembly, layer: string, id: string): Container =>
  (propertiesOf(of, layer, `${id}TaskDefinition`)["ContainerDefinitions"] as [Container])[0];

test.each(["dev", "production", "resilient"])("%s", async (stage) => {
  await expect(golden(assembly(stage), configFolder)).toMatchFileSnapshot(`golden/plue-${stage}.yaml`);
});

test("P1: the API at /api/*, the web app at /*, which knows the API; HTTPS in production by a certificate that is there", () => {
  const rules = Object.values(resourcesOf(production, "compute"))
    .filter(({ Type }) => Type === "AWS::ElasticLoadBalancingV2::ListenerRule")
    .map(({ Properties: p }) => [p!["Priority"], p!["Conditions"], p!["Actions"]]);
  expect(rules).toEqual([
    [
      10,
      [{ Field: "path-pattern", PathPatternConfig: { Values: ["/api/*"] } }],
      [
        // Blue-green: the two groups take turns.
        {
          Type: "forward",
          ForwardConfig: {
            TargetGroups: [
              { TargetGroupArn: { Ref: "EntryApiTargets" }, Weight: { Ref: "EntryApiRuleWeight" } },
              { TargetGroupArn: { Ref: "EntryApiOtherTargets" }, Weight: { Ref: "EntryApiRuleOtherWeight" } },
            ],
          },
        },
      ],
    ],
    [
      20,
      [{ Field: "path-pattern", PathPatternConfig: { Values: ["/*"] } }],
      [{ Type: "forward", TargetGroupArn: { Ref: "EntryWebTargets" } }],
    ],
  ]);
  expect([
    propertiesOf(production, "compute", "EntryApiTargets")["Port"],
    propertiesOf(production, "compute", "EntryWebTargets")["Port"],
  ]).toEqual([8000, 80]);
  expect(container(production, "compute", "Web").Environment).toEqual([{ Name: "API_ENDPOINT", Value: "http://api:8000" }]);
  expect(propertiesOf(production, "compute", "EntryHttps")).toMatchObject({
    Certificates: [{ CertificateArn: expect.stringContaining("arn:aws:acm:us-east-1:") }],
  });
  expect(resourcesOf(dev, "compute")).not.toHaveProperty("EntryHttps");
});

test("P2: the migration is a task with a log group of its own, before the services", () => {
  expect(production.beforeServices.map(({ name, purpose }) => [name, purpose])).toEqual([
    ["database", "database-administration"],
    ["migrate", "migration"],
  ]);
  expect(propertiesOf(production, "storage", "MigrateLogGroup")["LogGroupName"]).toBe("/ecs/production/plue-db-migrate");
  expect(production.stacks.find(({ layer }) => layer === "compute")!.dependsOn).toContain("plue-production-tasks");
});

test("P3: PostgreSQL 16, larger and in two zones in production; its secrets have the names of the source", () => {
  const names = ["DBInstanceClass", "MultiAZ", "StorageEncrypted", "DeletionProtection"];
  const several = (of: Assembly) => names.map((name) => propertiesOf(of, "database", "Database")[name]);
  expect(several(dev)).toEqual(["db.t3.micro", false, true, false]);
  expect(several(production)).toEqual(["db.t3.small", true, true, true]);
  expect(propertiesOf(production, "database", "Database")["EngineVersion"]).toMatch(/^16\./);
  expect(propertiesOf(dev, "database", "DatabaseConnection")["Name"]).toBe("dev-plue-db-connection");
  expect(JSON.stringify(propertiesOf(dev, "database", "DatabaseConnection")["SecretString"])).toContain("postgresql://");
  expect(propertiesOf(dev, "secrets", "DatabaseMaster")["Name"]).toBe("dev-plue-db-password");
});

test("P4: the repositories are encrypted files that only the API mounts, by its role, over TLS", () => {
  expect(propertiesOf(production, "storage", "Repositories")).toMatchObject({ Encrypted: true });
  expect(resourcesOf(production, "storage")["Repositories"]!.DeletionPolicy).toBe("RetainExceptOnCreate");
  expect(Object.keys(resourcesOf(production, "storage")).filter((id) => id.includes("MountTarget"))).toEqual([
    "RepositoriesMountTarget1",
    "RepositoriesMountTarget2",
  ]);
  expect(propertiesOf(production, "compute", "ApiTaskDefinition")["Volumes"]).toEqual([
    {
      Name: "repositories",
      EFSVolumeConfiguration: {
        FilesystemId: { Ref: "Repositories" },
        TransitEncryption: "ENABLED",
        AuthorizationConfig: { AccessPointId: { Ref: "RepositoriesAccessPoint" }, IAM: "ENABLED" },
      },
    },
  ]);
  expect(container(production, "compute", "Api").MountPoints).toEqual([
    { ContainerPath: "/srv/git", SourceVolume: "repositories", ReadOnly: false },
  ]);
  expect(statementsOf(production).filter(({ Action }) => Action.some((action) => action.startsWith("elasticfilesystem:")))).toEqual([
    // What brings files back sees all of it, as root; nobody runs it unless `plinth files restore` or `plinth export` does.
    {
      role: "RepositoriesAdministrationTaskRole",
      Effect: "Allow",
      Action: ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite", "elasticfilesystem:ClientRootAccess"],
      Resource: { Ref: "RepositoriesArn" },
      Condition: { StringEquals: { "elasticfilesystem:AccessPointArn": { Ref: "RepositoriesAdministrationAccessPointArn" } } },
    },
    {
      role: "ApiTaskRole",
      Effect: "Allow",
      Action: ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"],
      Resource: { Ref: "RepositoriesArn" },
      Condition: { StringEquals: { "elasticfilesystem:AccessPointArn": { Ref: "RepositoriesAccessPointArn" } } },
    },
  ]);
  expect(letIn(production).filter(([, port]) => port === 2049)).toEqual([["RepositoriesFromApi", 2049, "a group"]]);
});

test("P5: two zones, a way out in dev and one for each zone in production, a record of connections", () => {
  const count = (of: Assembly, type: string) => Object.values(resourcesOf(of, "network")).filter(({ Type }) => Type === type).length;
  expect([count(dev, "AWS::EC2::NatGateway"), count(production, "AWS::EC2::NatGateway")]).toEqual([1, 2]);
  expect([count(dev, "AWS::EC2::FlowLog"), count(production, "AWS::EC2::FlowLog")]).toEqual([1, 1]);
  expect(propertiesOf(dev, "network", "Vpc")["CidrBlock"]).toBe("10.0.0.0/16");
  expect([1, 2].map((zone) => propertiesOf(dev, "network", `PrivateSubnet${zone}`)["CidrBlock"])).toEqual(["10.0.10.0/24", "10.0.11.0/24"]);
});

test("P6: two repositories for two targets of one Dockerfile", () => {
  expect(production.images.map(({ name, target, dockerfile }) => [name, target, dockerfile])).toEqual([
    ["apiImage", "cli", "Dockerfile"],
    ["webImage", "web", "Dockerfile"],
  ]);
  expect(Object.keys(resourcesOf(production, "storage")).filter((id) => id.endsWith("Repository"))).toEqual([
    "ApiImageRepository",
    "WebImageRepository",
  ]);
});

test("P7: the log groups of the source, that of the database's server among them", () => {
  const groups = Object.values(resourcesOf(dev, "storage"))
    .filter(({ Type }) => Type === "AWS::Logs::LogGroup")
    .map(({ Properties: p }) => [p!["LogGroupName"], p!["RetentionInDays"]]);
  expect(groups).toEqual([
    ["/ecs/dev/plue-db-migrate", 7],
    ["/ecs/dev/plue-api-server", 7],
    ["/ecs/dev/plue-web-app", 7],
    ["/ecs/plue-dev/administration", 7],
    ["/aws/rds/instance/plue-dev-database/postgresql", 7],
  ]);
  expect(propertiesOf(dev, "database", "Database")).toMatchObject({
    DBInstanceIdentifier: "plue-dev-database",
    EnableCloudwatchLogsExports: ["postgresql"],
  });
});

test("P8: the alarms of the source, by e-mail", () => {
  const alarm = (id: string) => {
    const p = propertiesOf(dev, "observability", `${id}Alarm`);
    return [p["Threshold"], p["ComparisonOperator"]];
  };
  expect(alarm("DatabaseCpu")).toEqual([80, "GreaterThanThreshold"]);
  expect(alarm("DatabaseStorage")).toEqual([5 * 1024 ** 3, "LessThanThreshold"]);
  expect([alarm("ApiCpu"), alarm("WebCpu")]).toEqual([
    [90, "GreaterThanThreshold"],
    [90, "GreaterThanThreshold"],
  ]);
  expect([alarm("EntryApiUnhealthy"), alarm("EntryWebUnhealthy")]).toEqual([
    [0, "GreaterThanThreshold"],
    [0, "GreaterThanThreshold"],
  ]);
  expect(propertiesOf(dev, "messaging", "AlertsEmail")).toMatchObject({ Protocol: "email", Endpoint: "alerts@example.com" });
});

test("P9: spare capacity, short logs and no Container Insights in dev; the contrary in production", () => {
  const of = (one: Assembly) => ({
    capacity: propertiesOf(one, "compute", "ApiService")["CapacityProviderStrategy"],
    days: propertiesOf(one, "storage", "ApiLogGroup")["RetentionInDays"],
    insights: propertiesOf(one, "network", "Cluster")["ClusterSettings"],
  });
  expect(of(dev)).toEqual({
    capacity: [{ CapacityProvider: "FARGATE_SPOT", Weight: 1 }],
    days: 7,
    insights: [{ Name: "containerInsights", Value: "disabled" }],
  });
  expect(of(production)).toEqual({
    capacity: [{ CapacityProvider: "FARGATE", Weight: 1 }],
    days: 30,
    insights: [{ Name: "containerInsights", Value: "enabled" }],
  });
});

test("P13: AWS Backup keeps a copy of the repositories of each day in production, from which they can be brought back", () => {
  expect(propertiesOf(production, "storage", "RepositoriesBackupPlan")["BackupPlan"]).toMatchObject({
    BackupPlanRule: [
      { ScheduleExpression: "cron(0 5 ? * * *)", Lifecycle: { DeleteAfterDays: 35 }, TargetBackupVault: { Ref: "RepositoriesVault" } },
    ],
  });
  expect(propertiesOf(production, "storage", "RepositoriesBackupSelection")["BackupSelection"]).toMatchObject({
    Resources: [{ "Fn::GetAtt": ["Repositories", "Arn"] }],
  });
  // EFS's own backups lie in a vault that lets nobody restore.
  expect(propertiesOf(production, "storage", "Repositories")["BackupPolicy"]).toEqual({ Status: "DISABLED" });
  expect(Object.keys(resourcesOf(dev, "storage")).filter((id) => /Vault|Backup/.test(id))).toEqual([]);
});

test("P10: each program has two roles, and its credentials only by reference", () => {
  // And one by which ECS moves the API's requests.
  expect(Object.keys(resourcesOf(dev, "iam")).filter((id) => id !== "ApiRolloutRole")).toEqual(
    ["Migrate", "RepositoriesAdministration", "Api", "Web"].flatMap((id) => [`${id}ExecutionRole`, `${id}TaskRole`]),
  );
  expect(container(dev, "compute", "Api").Secrets?.map(({ Name }) => Name)).toEqual(["DATABASE_URL"]);
  expect(container(dev, "compute", "Api").Environment?.map(({ Name }) => Name)).toEqual(["PORT"]);
});

test("P13: the source's enhancements; what costs stands in a stage of its own", () => {
  const types = (of: Assembly) => new Set(of.stacks.flatMap(({ template }) => Object.values(template.Resources).map(({ Type }) => Type)));
  const beyond = [...types(resilient)].filter((type) => !types(production).has(type));
  expect(beyond.sort()).toEqual([
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::ElastiCache::SubnetGroup",
    "AWS::WAFv2::WebACL",
    "AWS::WAFv2::WebACLAssociation",
  ]);
  expect([dev, production, resilient].map((of) => types(of).has("AWS::Backup::BackupPlan"))).toEqual([false, true, true]);
  expect(
    resilient.stacks
      .filter(({ region }) => region === "us-west-2")
      .map(({ layer }) => layer)
      .sort(),
  ).toEqual(["storage"]);
  for (const stage of [dev, production, resilient]) {
    expect(propertiesOf(stage, "compute", "ApiService")["DeploymentConfiguration"]).toMatchObject({ Strategy: "BLUE_GREEN" });
  }
  for (const stage of [production, resilient]) {
    expect(JSON.stringify(propertiesOf(stage, "compute", "ApiMetricScaling"))).toContain('"MetricName":"GitExchanges"');
  }
});
