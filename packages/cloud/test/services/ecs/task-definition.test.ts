/** Registration of task definitions: what is filled in, what is refused, and how revisions are found again. */
import { expect, test } from "vitest";
import type { Input } from "../../../src/aws.ts";
import { startTestCloud } from "../../cloud.ts";

type Registration = Input<"ecs", "RegisterTaskDefinition">;
type Container = NonNullable<Registration["containerDefinitions"]>[number];

const role = "arn:aws:iam::123456789012:role/execution";
const fargate = (more: Partial<Registration> = {}, container: Partial<Container> = {}): Registration => ({
  family: "web",
  requiresCompatibilities: ["FARGATE"],
  networkMode: "awsvpc",
  cpu: "256",
  memory: "512",
  containerDefinitions: [{ name: "app", image: "nginx", ...container }],
  ...more,
});

test.each<[string, Registration]>([
  ["Container list cannot be empty.", fargate({ containerDefinitions: [] })],
  ["Container.image should not be null or empty.", fargate({}, { image: "" })],
  ["Fargate only supports network mode ‘awsvpc’.", fargate({ networkMode: "bridge" })],
  ["Fargate requires that 'cpu' be defined at the task level.", { ...fargate(), cpu: undefined } as Registration],
  ["Fargate requires that 'memory' be defined at the task level.", { ...fargate(), memory: undefined } as Registration],
  [
    "No Fargate configuration exists for given values: 256 CPU, 4096 memory. See the Amazon ECS documentation for the valid values.",
    fargate({ memory: "4 GB" }),
  ],
  [
    "Tasks using the Fargate launch type do not support pidMode 'host'. The supported value for pidMode is 'task'.",
    fargate({ pidMode: "host" }),
  ],
  [
    "When networkMode=awsvpc, the host ports and container ports in port mappings must match.",
    fargate({}, { portMappings: [{ containerPort: 80, hostPort: 81 }] }),
  ],
  ["The 'memory' setting for container is greater than for the task.", fargate({}, { memory: 1024 })],
  [
    "Fargate requires task definition to have execution role ARN to support ECR images.",
    fargate({}, { image: "123456789012.dkr.ecr.eu-central-1.amazonaws.com/app:1" }),
  ],
  [
    "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.",
    fargate({}, { secrets: [{ name: "A", valueFrom: "a" }] }),
  ],
  [
    "The secret name must be unique and not shared with any new or existing environment variables set on the container, such as 'A'.",
    fargate({ executionRoleArn: role }, { secrets: [{ name: "A", valueFrom: "a" }], environment: [{ name: "A", value: "b" }] }),
  ],
  ["Role is not valid", fargate({ executionRoleArn: "nobody" })],
  [
    "Invalid setting for container 'app'. At least one of 'memory' or 'memoryReservation' must be specified.",
    { family: "web", containerDefinitions: [{ name: "app", image: "nginx" }] },
  ],
])("refuses: %s", async (message, registration) => {
  await using cloud = await startTestCloud();
  await expect(cloud.call("ecs", "RegisterTaskDefinition", registration)).rejects.toMatchObject({ code: "ClientException", message });
});

test.each([
  ["256", "512"],
  ["256", "2048"],
  [".5 vCPU", "1GB"],
  ["4096", "30720"],
  ["16384", "122880"],
])("takes %s CPU with %s of memory", async (cpu, memory) => {
  await using cloud = await startTestCloud();
  const { taskDefinition } = await cloud.call("ecs", "RegisterTaskDefinition", fargate({ cpu, memory }));
  expect(Number(taskDefinition!.cpu) + Number(taskDefinition!.memory)).toBeGreaterThan(0);
});

test("revisions count up, are found by every name, and go in their time", async () => {
  await using cloud = await startTestCloud();
  const { call } = cloud;
  const register = async (more: Partial<Registration> = {}) => (await call("ecs", "RegisterTaskDefinition", fargate(more))).taskDefinition!;
  const first = await register();
  expect(first).toMatchObject({
    taskDefinitionArn: "arn:aws:ecs:eu-central-1:123456789012:task-definition/web:1",
    revision: 1,
    status: "ACTIVE",
    compatibilities: ["EC2", "FARGATE"],
    containerDefinitions: [{ name: "app", cpu: 0, essential: true, environment: [], mountPoints: [], portMappings: [], volumesFrom: [] }],
  });
  await register();
  await register({ family: "other" });
  const describe = async (taskDefinition: string) =>
    (await call("ecs", "DescribeTaskDefinition", { taskDefinition })).taskDefinition!.revision;
  expect(await Promise.all([describe("web"), describe("web:1"), describe(first.taskDefinitionArn!)])).toEqual([2, 1, 1]);
  await expect(describe("none")).rejects.toMatchObject({ code: "ClientException", message: "Unable to describe task definition." });
  const list = async (sort: "ASC" | "DESC") =>
    (await call("ecs", "ListTaskDefinitions", { sort })).taskDefinitionArns!.map((arn) => arn.split("/").at(-1));
  expect(await list("ASC")).toEqual(["other:1", "web:1", "web:2"]);
  expect(await list("DESC")).toEqual(["web:2", "web:1", "other:1"]);
  const page = await call("ecs", "ListTaskDefinitions", { maxResults: 2 });
  expect((await call("ecs", "ListTaskDefinitions", { maxResults: 2, nextToken: page.nextToken! })).taskDefinitionArns).toHaveLength(1);
  await expect(call("ecs", "ListTaskDefinitions", { nextToken: "x" })).rejects.toMatchObject({ code: "InvalidParameterException" });

  await call("ecs", "DeregisterTaskDefinition", { taskDefinition: "web:2" });
  expect(await describe("web")).toBe(1);
  expect((await call("ecs", "ListTaskDefinitions", { status: "INACTIVE" })).taskDefinitionArns).toHaveLength(1);
  const deleted = await call("ecs", "DeleteTaskDefinitions", { taskDefinitions: ["web:1", "web:2", "web:9"] });
  expect(deleted.taskDefinitions!.map(({ revision, status }) => [revision, status])).toEqual([[2, "DELETE_IN_PROGRESS"]]);
  expect(deleted.failures!.map(({ arn }) => arn!.split("/").at(-1))).toEqual(["web:1", "web:9"]);
  expect((await register()).revision).toBe(3);
  expect((await call("ecs", "ListTaskDefinitionFamilies", { status: "ACTIVE" })).families).toEqual(["other", "web"]);
});

test("tags of every kind of resource", async () => {
  await using cloud = await startTestCloud();
  const { call } = cloud;
  const { taskDefinition } = await call("ecs", "RegisterTaskDefinition", { ...fargate(), tags: [{ key: "a", value: "1" }] });
  const { cluster } = await call("ecs", "CreateCluster", { clusterName: "c", tags: [{ key: "a", value: "1" }] });
  for (const resourceArn of [taskDefinition!.taskDefinitionArn!, cluster!.clusterArn!]) {
    await call("ecs", "TagResource", { resourceArn, tags: [{ key: "b", value: "2" }] });
    await call("ecs", "UntagResource", { resourceArn, tagKeys: ["a"] });
    expect((await call("ecs", "ListTagsForResource", { resourceArn })).tags).toEqual([{ key: "b", value: "2" }]);
    await expect(call("ecs", "TagResource", { resourceArn, tags: [{ key: "aws:x", value: "2" }] })).rejects.toMatchObject({
      code: "InvalidParameterException",
    });
  }
});

test("clusters are created once, described by name and ARN, and deleted when empty", async () => {
  await using cloud = await startTestCloud();
  const { call } = cloud;
  const { cluster } = await call("ecs", "CreateCluster", {});
  expect(cluster).toMatchObject({
    clusterName: "default",
    status: "ACTIVE",
    settings: [{ name: "containerInsights", value: "disabled" }],
    runningTasksCount: 0,
  });
  expect((await call("ecs", "CreateCluster", {})).cluster!.clusterArn).toBe(cluster!.clusterArn);
  const described = await call("ecs", "DescribeClusters", { clusters: [cluster!.clusterArn!, "none"] });
  expect(described.clusters).toHaveLength(1);
  expect(described.failures).toEqual([{ arn: "arn:aws:ecs:eu-central-1:123456789012:cluster/none", reason: "MISSING" }]);
  await expect(
    call("ecs", "PutClusterCapacityProviders", { cluster: "default", capacityProviders: ["mine"], defaultCapacityProviderStrategy: [] }),
  ).rejects.toThrow("The specified capacity provider 'mine' was not found. Specify a valid name or ARN and try again.");
  expect((await call("ecs", "DeleteCluster", { cluster: "default" })).cluster!.status).toBe("INACTIVE");
  await expect(call("ecs", "ListTasks", {})).rejects.toMatchObject({ code: "ClusterNotFoundException", message: "Cluster not found." });
});

test("RunTask says what it lacks", async () => {
  await using cloud = await startTestCloud();
  const { call } = cloud;
  const { Subnets } = await call("ec2", "DescribeSubnets", {});
  const networkConfiguration = { awsvpcConfiguration: { subnets: [Subnets![0]!.SubnetId!] } };
  const run = (more: Partial<Input<"ecs", "RunTask">>) =>
    call("ecs", "RunTask", { taskDefinition: "web", launchType: "FARGATE", networkConfiguration, ...more });
  await expect(run({})).rejects.toThrow("Cluster not found.");
  await call("ecs", "CreateCluster", {});
  await expect(run({})).rejects.toThrow("TaskDefinition not found.");
  await call("ecs", "RegisterTaskDefinition", fargate());
  await expect(call("ecs", "RunTask", { taskDefinition: "web", launchType: "FARGATE" })).rejects.toThrow(
    "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
  );
  await expect(call("ecs", "RunTask", { taskDefinition: "web", networkConfiguration })).rejects.toThrow(
    "No Container Instances were found in your cluster.",
  );
  await expect(run({ networkConfiguration: { awsvpcConfiguration: { subnets: ["subnet-0123456789abcdef0"] } } })).rejects.toThrow(
    /^Error retrieving subnet information for \[subnet-0123456789abcdef0\]: .*\(ErrorCode: InvalidSubnetID.NotFound\)$/,
  );
  await expect(run({ overrides: { containerOverrides: [{ name: "x" }] } })).rejects.toThrow(
    "Override for container named x is not a container in the TaskDefinition.",
  );
  await expect(
    call("ecs", "RunTask", {
      taskDefinition: "web",
      networkConfiguration,
      capacityProviderStrategy: [{ capacityProvider: "FARGATE_SPOT" }],
    }),
  ).rejects.toThrow("cannot contain a capacity provider that is not associated with the cluster");
  await expect(call("ecs", "StopTask", { task: "none" })).rejects.toThrow("The referenced task was not found.");
  await expect(run({ launchType: "Fargate" as "FARGATE", cluster: "none" })).rejects.toThrow(
    "launch type should be one of [EC2,FARGATE,EXTERNAL]",
  );
  const instance = { arn: "arn:aws:ecs:eu-central-1:123456789012:container-instance/default/x", reason: "MISSING" };
  expect(await call("ecs", "StartTask", { taskDefinition: "web", containerInstances: ["x"] })).toEqual({ tasks: [], failures: [instance] });
  expect(await call("ecs", "DescribeContainerInstances", { containerInstances: ["x"] })).toMatchObject({ failures: [instance] });
  await expect(call("ecs", "ListContainerInstances", { cluster: "none" })).rejects.toThrow("Cluster not found.");
  await expect(call("ecs", "RegisterContainerInstance", {})).rejects.toMatchObject({ code: "UnsupportedFeatureException" });
});
