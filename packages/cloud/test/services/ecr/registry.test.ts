/** The registry's settings and scans, through the AWS SDK's client. */
import {
  BatchCheckLayerAvailabilityCommand,
  BatchGetRepositoryScanningConfigurationCommand,
  CompleteLayerUploadCommand,
  CreateRepositoryCommand,
  DescribeImageScanFindingsCommand,
  DescribeRegistryCommand,
  ECRClient,
  GetAccountSettingCommand,
  InitiateLayerUploadCommand,
  PutAccountSettingCommand,
  PutImageCommand,
  PutRegistryScanningConfigurationCommand,
  PutReplicationConfigurationCommand,
  StartImageScanCommand,
  UploadLayerPartCommand,
} from "@aws-sdk/client-ecr";
import { expect, test } from "vitest";
import { sourceManifest } from "../../../src/runtime/tasks/source-image.ts";
import { startSimulatedServer, startTestServer } from "../../server.ts";

const repositoryName = "team/web";

async function push(ecr: ECRClient, imageTag: string) {
  const source = sourceManifest({ context: "/tmp", contentHash: imageTag });
  const { uploadId } = await ecr.send(new InitiateLayerUploadCommand({ repositoryName }));
  const range = { partFirstByte: 0, partLastByte: source.config.byteLength - 1, layerPartBlob: source.config };
  await ecr.send(new UploadLayerPartCommand({ repositoryName, uploadId, ...range }));
  const { config } = JSON.parse(source.manifest) as { config: { digest: string } };
  await ecr.send(new CompleteLayerUploadCommand({ repositoryName, uploadId, layerDigests: [config.digest] }));
  await ecr.send(new PutImageCommand({ repositoryName, imageManifest: source.manifest, imageTag }));
  return { ...source, layer: config.digest };
}

test("a scan is asked for once a day and ends as that of an image which cannot be scanned", async () => {
  await using server = await startSimulatedServer();
  const ecr = new ECRClient(server.client);
  await ecr.send(new CreateRepositoryCommand({ repositoryName }));
  const { digest: imageDigest, layer } = await push(ecr, "v1");
  const image = { repositoryName, imageId: { imageTag: "v1" } };
  const { layers } = await ecr.send(new BatchCheckLayerAvailabilityCommand({ repositoryName, layerDigests: [layer] }));
  expect(layers).toMatchObject([{ layerAvailability: "AVAILABLE", mediaType: "application/vnd.docker.image.rootfs.diff.tar.gzip" }]);
  await expect(ecr.send(new DescribeImageScanFindingsCommand(image))).rejects.toMatchObject({
    name: "ScanNotFoundException",
    message: `Image scan does not exist for the image with '{imageDigest:'null', imageTag:'v1'}' in the repository with name '${repositoryName}' in the registry with id '123456789012'`,
  });
  expect(await ecr.send(new StartImageScanCommand(image))).toMatchObject({
    imageId: { imageDigest, imageTag: "v1" },
    imageScanStatus: { status: "IN_PROGRESS" },
  });
  const found = await ecr.send(new DescribeImageScanFindingsCommand(image));
  expect(found.imageScanStatus).toMatchObject({ status: "FAILED", description: expect.stringContaining("UnsupportedImageError") });
  await expect(ecr.send(new StartImageScanCommand(image))).rejects.toMatchObject({ name: "LimitExceededException" });
  await server.world.clock.sleepThrough(86_400_000);
  await ecr.send(new StartImageScanCommand(image));
});

test("the registry's rules say how a repository is scanned", async () => {
  await using server = await startTestServer();
  const ecr = new ECRClient(server.client);
  await ecr.send(new CreateRepositoryCommand({ repositoryName }));
  const scanning = async () =>
    (await ecr.send(new BatchGetRepositoryScanningConfigurationCommand({ repositoryNames: [repositoryName] }))).scanningConfigurations![0];
  expect(await scanning()).toMatchObject({ scanFrequency: "MANUAL", appliedScanFilters: [] });
  const rule = (scanFrequency: "CONTINUOUS_SCAN" | "SCAN_ON_PUSH", filter: string) => ({
    scanFrequency,
    repositoryFilters: [{ filter, filterType: "WILDCARD" as const }],
  });
  const put = (scanType: "BASIC" | "ENHANCED", ...rules: ReturnType<typeof rule>[]) =>
    ecr.send(new PutRegistryScanningConfigurationCommand({ scanType, rules }));
  await put("ENHANCED", rule("SCAN_ON_PUSH", "*"), rule("CONTINUOUS_SCAN", "web"));
  expect(await scanning()).toMatchObject({
    scanFrequency: "CONTINUOUS_SCAN",
    appliedScanFilters: [{ filter: "web", filterType: "WILDCARD" }],
  });
  await put("ENHANCED", rule("SCAN_ON_PUSH", "other*"));
  expect(await scanning()).toMatchObject({ scanFrequency: "MANUAL", appliedScanFilters: [] });
  await expect(put("BASIC", rule("CONTINUOUS_SCAN", "*"))).rejects.toMatchObject({ name: "InvalidParameterException" });
});

test("replication and account settings are kept", async () => {
  await using server = await startTestServer();
  const ecr = new ECRClient(server.client);
  const to = (region: string) => ({ rules: [{ destinations: [{ region, registryId: "123456789012" }] }] });
  await ecr.send(new PutReplicationConfigurationCommand({ replicationConfiguration: to("eu-west-1") }));
  expect((await ecr.send(new DescribeRegistryCommand({}))).replicationConfiguration).toEqual(to("eu-west-1"));
  await expect(ecr.send(new PutReplicationConfigurationCommand({ replicationConfiguration: to(server.region) }))).rejects.toThrow(
    "Replication destination cannot be the same as the source registry",
  );
  const setting = { name: "BLOB_MOUNTING" };
  expect(await ecr.send(new GetAccountSettingCommand(setting))).toMatchObject({ value: "DISABLED" });
  await ecr.send(new PutAccountSettingCommand({ ...setting, value: "ENABLED" }));
  expect(await ecr.send(new GetAccountSettingCommand(setting))).toMatchObject({ value: "ENABLED" });
  await expect(ecr.send(new PutAccountSettingCommand({ ...setting, value: "MAYBE" }))).rejects.toMatchObject({
    name: "ValidationException",
  });
});
