/** What a test of tasks needs: a cloud with a cluster, roles, a log group, and tiny programs as images. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Task } from "@aws-sdk/client-ecs";
import { expect } from "vitest";
import type { Input } from "../../../src/aws.ts";
import { digestOf } from "../../../src/runtime/tasks/layers.ts";
import { sourceManifest, type SourceConfig } from "../../../src/runtime/tasks/source-image.ts";
import type { Call } from "../../../src/service.ts";
import { startTestServer, type TestServer } from "../../server.ts";

export interface Place extends AsyncDisposable {
  server: TestServer;
  call: Call;
  subnet: string;
  executionRole: string;
  taskRole: string;
  /** Makes an image of a program's text (`main.mjs`) and gives its reference. */
  image(name: string, program: string, config?: Partial<SourceConfig>): Promise<string>;
  /** Registers a Fargate definition with one container `app` and gives its ARN. */
  define(container: Partial<Container>, more?: Partial<Input<"ecs", "RegisterTaskDefinition">>): Promise<string>;
  run(taskDefinition: string, more?: Partial<Input<"ecs", "RunTask">>): Promise<Task>;
  task(arn: string): Promise<Task>;
  /** Waits until a task is in a state. */
  reaches(arn: string, status: string): Promise<Task>;
  network: { awsvpcConfiguration: { subnets: string[]; assignPublicIp: "ENABLED" | "DISABLED" } };
  /** Messages of the log group, in order. */
  messages(): Promise<string[]>;
}

type Container = NonNullable<Input<"ecs", "RegisterTaskDefinition">["containerDefinitions"]>[number];

export const logGroup = "/ecs/test";

const trust = (service: string) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole" }],
  });

export async function startPlace<S extends TestServer = TestServer>(
  start: () => Promise<S> = startTestServer as () => Promise<S>,
): Promise<Place & { server: S }> {
  const server = await start();
  const { call } = server;
  await call("ecs", "CreateCluster", { clusterName: "test", capacityProviders: ["FARGATE", "FARGATE_SPOT"] });
  await call("logs", "CreateLogGroup", { logGroupName: logGroup });
  await call("ecr", "CreateRepository", { repositoryName: "app" });
  const { Subnets } = await call("ec2", "DescribeSubnets", {});
  const subnet = Subnets![0]!.SubnetId!;
  const role = async (name: string, actions: string[], service = "ecs-tasks.amazonaws.com") => {
    const { Role } = await call("iam", "CreateRole", { RoleName: name, AssumeRolePolicyDocument: trust(service) });
    await call("iam", "PutRolePolicy", {
      RoleName: name,
      PolicyName: "own",
      PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: actions, Resource: "*" }] }),
    });
    return Role!.Arn!;
  };
  const executionRole = await role("execution", [
    "ecr:*",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "secretsmanager:GetSecretValue",
    "ssm:GetParameters",
  ]);
  const taskRole = await role("task", ["ssm:GetParameter"]);
  const network = { awsvpcConfiguration: { subnets: [subnet], assignPublicIp: "DISABLED" as const } };

  const place: Place & { server: S } = {
    server,
    call,
    subnet,
    executionRole,
    taskRole,
    network,
    async image(name, program, config = {}) {
      const context = join(server.folder, "contexts", name);
      mkdirSync(context, { recursive: true });
      writeFileSync(join(context, "main.mjs"), program);
      const source = sourceManifest({
        context,
        contentHash: digestOf(program + JSON.stringify(config)),
        command: ["node", "/app/main.mjs"],
        ...config,
      });
      const { uploadId } = (await call("ecr", "InitiateLayerUpload", { repositoryName: "app" })) as { uploadId: string };
      await call("ecr", "UploadLayerPart", {
        repositoryName: "app",
        uploadId,
        partFirstByte: 0,
        partLastByte: source.config.byteLength - 1,
        layerPartBlob: source.config,
      });
      await call("ecr", "CompleteLayerUpload", { repositoryName: "app", uploadId, layerDigests: [source.configDigest] });
      await call("ecr", "PutImage", { repositoryName: "app", imageManifest: source.manifest, imageTag: name });
      return `${server.cloud.account}.dkr.ecr.${server.region}.amazonaws.com/app:${name}`;
    },
    async define(container, more = {}) {
      const { taskDefinition } = await call("ecs", "RegisterTaskDefinition", {
        family: "app",
        requiresCompatibilities: ["FARGATE"],
        networkMode: "awsvpc",
        cpu: "256",
        memory: "512",
        executionRoleArn: executionRole,
        containerDefinitions: [
          {
            name: "app",
            stopTimeout: 2,
            logConfiguration: {
              logDriver: "awslogs",
              options: { "awslogs-group": logGroup, "awslogs-region": server.region, "awslogs-stream-prefix": "ecs" },
            },
            ...container,
          },
        ],
        ...more,
      });
      return taskDefinition!.taskDefinitionArn!;
    },
    async run(taskDefinition, more = {}) {
      const { tasks } = await call("ecs", "RunTask", {
        cluster: "test",
        launchType: "FARGATE",
        networkConfiguration: network,
        taskDefinition,
        ...more,
      });
      return tasks![0]!;
    },
    async task(arn) {
      const { tasks } = await call("ecs", "DescribeTasks", { cluster: "test", tasks: [arn], include: ["TAGS"] });
      return tasks![0]!;
    },
    async reaches(arn, status) {
      await expect.poll(async () => (await place.task(arn)).lastStatus, { interval: 20 }).toBe(status);
      return place.task(arn);
    },
    async messages() {
      const { events } = await call("logs", "FilterLogEvents", { logGroupName: logGroup });
      return events!.map(({ message }) => message!);
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
  return place;
}
