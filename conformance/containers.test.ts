/**
 * ECR and ECS through AWS's own clients: against the embedded cloud's process, or with TARGET=aws against AWS (in the region and with
 * the credentials of the environment; nothing is run there, so that it costs nothing).
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { DescribeSubnetsCommand, EC2Client } from "@aws-sdk/client-ec2";
import {
  BatchCheckLayerAvailabilityCommand,
  BatchDeleteImageCommand,
  BatchGetImageCommand,
  CompleteLayerUploadCommand,
  CreateRepositoryCommand,
  DeleteRepositoryCommand,
  DescribeImagesCommand,
  ECRClient,
  GetDownloadUrlForLayerCommand,
  InitiateLayerUploadCommand,
  PutImageCommand,
  PutLifecyclePolicyCommand,
  UploadLayerPartCommand,
} from "@aws-sdk/client-ecr";
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DeleteClusterCommand,
  DeleteServiceCommand,
  DeregisterTaskDefinitionCommand,
  DescribeClustersCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  StopTaskCommand,
  UpdateServiceCommand,
  waitUntilServicesInactive,
  waitUntilServicesStable,
  waitUntilTasksRunning,
  waitUntilTasksStopped,
} from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const onAws = process.env.TARGET === "aws";
const program = fileURLToPath(new URL("../packages/cloud/bin/plinth-cloud.js", import.meta.url));
const state = mkdtempSync(join(tmpdir(), "plinth-conformance-"));
const name = `plinth-conformance-${process.pid}`;
const waiting = { maxWaitTime: 30, minDelay: 0.05, maxDelay: 0.2 };

let cloud: ChildProcess | undefined;
let ecr = new ECRClient({});
let ecs = new ECSClient({});
let ec2 = new EC2Client({});

beforeAll(async () => {
  if (onAws) return;
  const child = spawn(process.execPath, [program, "--state", state, "--port", "0"], { stdio: ["ignore", "pipe", "inherit"] });
  cloud = child;
  for await (const line of createInterface({ input: child.stdout })) {
    const { endpoint } = JSON.parse(line) as { endpoint: string };
    const configuration = { endpoint, region: "eu-central-1", credentials: { accessKeyId: "test", secretAccessKey: "test" } };
    ecr = new ECRClient(configuration);
    ecs = new ECSClient(configuration);
    ec2 = new EC2Client(configuration);
    return;
  }
});

afterAll(async () => {
  if (cloud) {
    const ended = new Promise((done) => cloud!.once("exit", done));
    cloud.kill("SIGTERM");
    await ended;
  }
  rmSync(state, { recursive: true, force: true });
});

const digestOf = (data: string | Uint8Array) => `sha256:${createHash("sha256").update(data).digest("hex")}`;

test("ECR: layers and a manifest are pushed, pulled and removed", async () => {
  const repositoryName = `${name}/app`;
  const { repository } = await ecr.send(new CreateRepositoryCommand({ repositoryName }));
  try {
    expect(repository!.repositoryUri).toMatch(new RegExp(`^\\d{12}\\.dkr\\.ecr\\.[a-z0-9-]+\\.amazonaws\\.com/${repositoryName}$`));
    await expect(ecr.send(new CreateRepositoryCommand({ repositoryName }))).rejects.toMatchObject({
      name: "RepositoryAlreadyExistsException",
      message: `The repository with name '${repositoryName}' already exists in the registry with id '${repository!.registryId}'`,
    });
    const blob = Buffer.from("{}");
    const blobDigest = digestOf(blob);
    const { uploadId } = await ecr.send(new InitiateLayerUploadCommand({ repositoryName }));
    await ecr.send(new UploadLayerPartCommand({ repositoryName, uploadId, partFirstByte: 0, partLastByte: 1, layerPartBlob: blob }));
    await ecr.send(new CompleteLayerUploadCommand({ repositoryName, uploadId, layerDigests: [blobDigest] }));
    const { layers } = await ecr.send(
      new BatchCheckLayerAvailabilityCommand({ repositoryName, layerDigests: [blobDigest, digestOf("none")] }),
    );
    expect(layers!.map(({ layerAvailability }) => layerAvailability)).toEqual(["AVAILABLE", "UNAVAILABLE"]);
    const { downloadUrl } = await ecr.send(new GetDownloadUrlForLayerCommand({ repositoryName, layerDigest: blobDigest }));
    expect(await (await fetch(downloadUrl!)).text()).toBe("{}");

    const manifest = (config: string) =>
      JSON.stringify({
        schemaVersion: 2,
        mediaType: "application/vnd.oci.image.manifest.v1+json",
        config: { mediaType: "application/vnd.oci.image.config.v1+json", digest: config, size: 2 },
        layers: [],
      });
    await expect(
      ecr.send(new PutImageCommand({ repositoryName, imageManifest: manifest(digestOf("none")), imageTag: "a" })),
    ).rejects.toMatchObject({
      name: "LayersNotFoundException",
    });
    const imageManifest = manifest(blobDigest);
    const { image } = await ecr.send(new PutImageCommand({ repositoryName, imageManifest, imageTag: "a" }));
    expect(image!.imageId).toEqual({ imageDigest: digestOf(imageManifest), imageTag: "a" });
    const { images, failures } = await ecr.send(
      new BatchGetImageCommand({ repositoryName, imageIds: [{ imageTag: "a" }, { imageTag: "b" }] }),
    );
    expect(images![0]!.imageManifest).toBe(imageManifest);
    expect(failures).toMatchObject([{ failureCode: "ImageNotFound", failureReason: "Requested image not found" }]);
    await expect(ecr.send(new DescribeImagesCommand({ repositoryName, imageIds: [{ imageTag: "b" }] }))).rejects.toMatchObject({
      name: "ImageNotFoundException",
    });
    await expect(ecr.send(new PutLifecyclePolicyCommand({ repositoryName, lifecyclePolicyText: "{}" }))).rejects.toMatchObject({
      name: "InvalidParameterException",
    });
    await expect(ecr.send(new DeleteRepositoryCommand({ repositoryName }))).rejects.toMatchObject({ name: "RepositoryNotEmptyException" });
    const { imageIds } = await ecr.send(new BatchDeleteImageCommand({ repositoryName, imageIds: [{ imageTag: "a" }] }));
    expect(imageIds).toEqual([{ imageDigest: digestOf(imageManifest), imageTag: "a" }]);
  } finally {
    await ecr.send(new DeleteRepositoryCommand({ repositoryName, force: true }));
  }
});

const fargate = { requiresCompatibilities: ["FARGATE" as const], networkMode: "awsvpc" as const, cpu: "256", memory: "512" };

describe("ECS", () => {
  test("clusters and task definitions", async () => {
    const { cluster } = await ecs.send(new CreateClusterCommand({ clusterName: name, capacityProviders: ["FARGATE", "FARGATE_SPOT"] }));
    expect(cluster).toMatchObject({ clusterName: name, status: "ACTIVE", capacityProviders: ["FARGATE", "FARGATE_SPOT"] });
    const { failures } = await ecs.send(new DescribeClustersCommand({ clusters: [`${name}-none`] }));
    expect(failures).toMatchObject([{ reason: "MISSING" }]);
    const containerDefinitions = [{ name: "app", image: "public.ecr.aws/docker/library/postgres:17-alpine" }];
    await expect(
      ecs.send(new RegisterTaskDefinitionCommand({ family: name, ...fargate, memory: "256", containerDefinitions })),
    ).rejects.toMatchObject({
      name: "ClientException",
      message:
        "No Fargate configuration exists for given values: 256 CPU, 256 memory. See the Amazon ECS documentation for the valid values.",
    });
    const { taskDefinition } = await ecs.send(new RegisterTaskDefinitionCommand({ family: name, ...fargate, containerDefinitions }));
    expect(taskDefinition).toMatchObject({ family: name, status: "ACTIVE", compatibilities: ["EC2", "FARGATE"] });
    await expect(ecs.send(new RunTaskCommand({ cluster: name, taskDefinition: name, launchType: "FARGATE" }))).rejects.toMatchObject({
      name: "InvalidParameterException",
      message: "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
    });
    await ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition: taskDefinition!.taskDefinitionArn }));
    await expect(ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: `${name}-none` }))).rejects.toMatchObject({
      name: "ClientException",
      message: "Unable to describe task definition.",
    });
    await expect(ecs.send(new ListTasksCommand({ cluster: `${name}-none` }))).rejects.toMatchObject({
      name: "ClusterNotFoundException",
      message: "Cluster not found.",
    });
    await ecs.send(new DeleteClusterCommand({ cluster: name }));
  });

  // In an account the default subnet may give tasks no way to the registry, and each task costs.
  test.skipIf(onAws)("tasks and services reach what their waiters wait for", async () => {
    const cluster = `${name}-run`;
    await ecs.send(new CreateClusterCommand({ clusterName: cluster }));
    const { Subnets } = await ec2.send(new DescribeSubnetsCommand({}));
    const networkConfiguration = { awsvpcConfiguration: { subnets: [Subnets![0]!.SubnetId!] } };
    const containerDefinitions = [
      {
        name: "app",
        image: "public.ecr.aws/docker/library/postgres:17-alpine",
        entryPoint: ["sh", "-c"],
        command: ["exec sleep 600"],
        stopTimeout: 2,
      },
    ];
    await ecs.send(new RegisterTaskDefinitionCommand({ family: name, ...fargate, containerDefinitions }));
    const run = { cluster, taskDefinition: name, launchType: "FARGATE" as const, networkConfiguration };
    const { tasks } = await ecs.send(new RunTaskCommand({ ...run, count: 2 }));
    const arns = tasks!.map(({ taskArn }) => taskArn!);
    await waitUntilTasksRunning({ client: ecs, ...waiting }, { cluster, tasks: arns });
    for (const task of arns) await ecs.send(new StopTaskCommand({ cluster, task, reason: "done" }));
    await waitUntilTasksStopped({ client: ecs, ...waiting }, { cluster, tasks: arns });
    const { tasks: stopped } = await ecs.send(new DescribeTasksCommand({ cluster, tasks: arns }));
    expect(stopped!.map(({ stoppedReason, containers }) => [stoppedReason, containers![0]!.exitCode])).toEqual([
      ["done", 143],
      ["done", 143],
    ]);

    await ecs.send(new CreateServiceCommand({ ...run, serviceName: "s", desiredCount: 1 }));
    await waitUntilServicesStable({ client: ecs, ...waiting }, { cluster, services: ["s"] });
    await ecs.send(new UpdateServiceCommand({ cluster, service: "s", forceNewDeployment: true }));
    await waitUntilServicesStable({ client: ecs, ...waiting }, { cluster, services: ["s"] });
    const { services } = await ecs.send(new DescribeServicesCommand({ cluster, services: ["s"] }));
    expect(services![0]).toMatchObject({ runningCount: 1, deployments: [{ rolloutState: "COMPLETED" }] });
    await ecs.send(new DeleteServiceCommand({ cluster, service: "s", force: true }));
    await waitUntilServicesInactive({ client: ecs, ...waiting }, { cluster, services: ["s"] });
  });
});
