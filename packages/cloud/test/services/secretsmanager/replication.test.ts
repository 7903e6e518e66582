/** Copies of a secret in other Regions: they follow, can only be read, and may become secrets of their own. */
import { expect, test } from "vitest";
import { startSimulatedCloud } from "../../cloud.ts";
import { rootPrincipal } from "../../../src/identity/principal.ts";

test("a copy follows its primary, is read only, and goes or is let go", async () => {
  await using own = await startSimulatedCloud();
  const { call, cloud } = own;
  const there = cloud.as(rootPrincipal(cloud.account), "us-east-1");
  await there("secretsmanager", "CreateSecret", { Name: "taken", SecretString: "other" });
  const made = await call("secretsmanager", "CreateSecret", {
    Name: "db",
    SecretString: "one",
    Tags: [{ Key: "team", Value: "a" }],
    AddReplicaRegions: [{ Region: "us-east-1" }],
  });
  const status = { Region: "us-east-1", KmsKeyId: "alias/aws/secretsmanager", Status: "InSync", StatusMessage: "Replication succeeded" };
  expect(made.ReplicationStatus).toEqual([status]);
  const copyArn = made.ARN!.replace("eu-central-1", "us-east-1");
  expect(await there("secretsmanager", "GetSecretValue", { SecretId: copyArn })).toMatchObject({ ARN: copyArn, SecretString: "one" });

  await call("secretsmanager", "PutSecretValue", { SecretId: "db", SecretString: "two" });
  const [current, before] = await Promise.all(
    ["AWSCURRENT", "AWSPREVIOUS"].map((VersionStage) => there("secretsmanager", "GetSecretValue", { SecretId: "db", VersionStage })),
  );
  expect([current!.SecretString, before!.SecretString]).toEqual(["two", "one"]);
  const { VersionIdsToStages, LastAccessedDate, ...copy } = await there("secretsmanager", "DescribeSecret", { SecretId: "db" });
  expect(copy).toMatchObject({ ARN: copyArn, PrimaryRegion: "eu-central-1", Tags: [{ Key: "team", Value: "a" }] });
  expect(await call("secretsmanager", "DescribeSecret", { SecretId: "db" })).toMatchObject({
    PrimaryRegion: "eu-central-1",
    ReplicationStatus: [{ ...status, LastAccessedDate }],
    VersionIdsToStages,
  });

  const onCopy = {
    name: "InvalidRequestException",
    message: "Operation not permitted on a replica secret. Call must be made in primary secret's region.",
  };
  await expect(there("secretsmanager", "PutSecretValue", { SecretId: "db", SecretString: "x" })).rejects.toMatchObject(onCopy);
  await expect(there("secretsmanager", "DeleteSecret", { SecretId: "db" })).rejects.toMatchObject(onCopy);
  await expect(call("secretsmanager", "DeleteSecret", { SecretId: "db" })).rejects.toMatchObject({
    name: "InvalidParameterException",
    message: "You can't delete secret db that still has replica regions [us-east-1]",
  });
  await there("secretsmanager", "StopReplicationToReplica", { SecretId: "db" });
  await there("secretsmanager", "PutSecretValue", { SecretId: "db", SecretString: "own" });
  await call("secretsmanager", "DeleteSecret", { SecretId: "db", ForceDeleteWithoutRecovery: true });
  expect((await there("secretsmanager", "GetSecretValue", { SecretId: "db" })).SecretString).toBe("own");

  const failed = await call("secretsmanager", "CreateSecret", {
    Name: "taken",
    SecretString: "new",
    AddReplicaRegions: [{ Region: "us-east-1" }],
  });
  expect(failed.ReplicationStatus).toMatchObject([
    { Status: "Failed", StatusMessage: "Replication failed: Secret name taken already exists in region us-east-1." },
  ]);
  const region = { SecretId: "taken", AddReplicaRegions: [{ Region: "us-east-1" }], ForceOverwriteReplicaSecret: true };
  expect((await call("secretsmanager", "ReplicateSecretToRegions", region)).ReplicationStatus).toEqual([status]);
  expect((await there("secretsmanager", "GetSecretValue", { SecretId: "taken" })).SecretString).toBe("new");
  await call("secretsmanager", "RemoveRegionsFromReplication", { SecretId: "taken", RemoveReplicaRegions: ["us-east-1"] });
  await expect(there("secretsmanager", "DescribeSecret", { SecretId: "taken" })).rejects.toMatchObject({
    name: "ResourceNotFoundException",
  });
});
