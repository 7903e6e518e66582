/**
 * Every aws command of arive's infrastructure guide, as it stands there, in a shell, against the embedded cloud. arive's own deployment is
 * tested in examples/arive; here stand-ins carry its names. Skipped where the aws command is not installed.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { ACMClient, RequestCertificateCommand } from "@aws-sdk/client-acm";
import { CloudWatchLogsClient, CreateLogGroupCommand } from "@aws-sdk/client-cloudwatch-logs";
import { DescribeSubnetsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { ECRClient } from "@aws-sdk/client-ecr";
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DescribeServicesCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
} from "@aws-sdk/client-ecs";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import {
  CreateDBClusterCommand,
  CreateDBInstanceCommand,
  DescribeDBClustersCommand,
  DescribeDBClusterSnapshotsCommand,
  RDSClient,
  waitUntilDBInstanceAvailable,
} from "@aws-sdk/client-rds";
import { CreateBucketCommand, PutBucketVersioningCommand, S3Client } from "@aws-sdk/client-s3";
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { awsCommand } from "./aws-command.ts";
import { openTarget, type Target } from "./target.ts";
import { pushSource } from "./push-source.ts";

const { installed, tails, path: PATH } = awsCommand;
const onAws = process.env.TARGET === "aws";
const why = onAws ? " (skipped: on AWS they would act on arive itself)" : installed ? "" : " (skipped: the aws command is not installed)";
const run = promisify(execFile);
const region = "us-east-1";

// The aws command takes a second or more to start, each time: what it would not show is asked and made by the SDK's clients.
describe.skipIf(why !== "")(`arive's commands${why}`, () => {
  let target: Target;
  let env: NodeJS.ProcessEnv;
  let certificate: string;
  let ecs: ECSClient;
  let rds: RDSClient;
  const folder = mkdtempSync(join(tmpdir(), "plinth-arive-commands-"));

  // Version 1 of the command takes the variable for every service but RDS.
  const own = `aws() { if [ "$1" = rds ]; then command aws "$@" --endpoint-url "$AWS_ENDPOINT_URL"; else command aws "$@"; fi; }`;
  const shell = async (script: string) => (await run("bash", ["-c", `${own}\n${script}`], { env })).stdout.trim();
  const json = async <T>(script: string) => JSON.parse(await shell(script)) as T;
  const until = (script: string, wanted: (answer: string) => boolean) =>
    expect.poll(async () => wanted(await shell(script)), { interval: 500 }).toBe(true);

  beforeAll(async () => {
    target = await openTarget();
    const { endpoint, credentials } = target.configuration;
    const { HOME } = process.env;
    env = {
      PATH,
      HOME,
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_ACCESS_KEY_ID: credentials!.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials!.secretAccessKey,
      AWS_PAGER: "",
    };
    await standIns();
  });
  afterAll(async () => {
    ecs.destroy();
    rds.destroy();
    await target[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  /** arive's cluster, services, database, bucket, secret and certificate, with a program of a few lines in place of its own. */
  async function standIns(): Promise<void> {
    const { endpoint, credentials } = target.configuration;
    const settings = { endpoint: endpoint!, region, credentials: credentials! };
    rds = new RDSClient(settings);
    const ecr = new ECRClient(settings);
    const image = await pushSource(
      ecr,
      join(folder, "arive"),
      "arive",
      'import { createServer } from "node:http";\nconsole.log("arive works");\ncreateServer((request, response) => response.end("ok")).listen(8000);\nprocess.on("SIGTERM", () => process.exit(0));\n',
    );
    ecr.destroy();
    const statement = (more: object) => JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...more }] });
    const trust = statement({ Principal: { Service: "ecs-tasks.amazonaws.com" }, Action: "sts:AssumeRole" });
    const rights = statement({ Action: ["ecr:*", "logs:*", "ssmmessages:*"], Resource: "*" });
    ecs = new ECSClient(settings);
    const [iam, logs] = [new IAMClient(settings), new CloudWatchLogsClient(settings)];
    const { Role } = await iam.send(new CreateRoleCommand({ RoleName: "arive", AssumeRolePolicyDocument: trust }));
    await iam.send(new PutRolePolicyCommand({ RoleName: "arive", PolicyName: "own", PolicyDocument: rights }));
    await ecs.send(new CreateClusterCommand({ clusterName: "arive-cluster" }));
    const { Subnets } = await new EC2Client(settings).send(new DescribeSubnetsCommand({}));
    for (const name of ["api", "worker"]) {
      const group = `/ecs/arive-${name}`;
      await logs.send(new CreateLogGroupCommand({ logGroupName: group }));
      const options = { "awslogs-group": group, "awslogs-region": region, "awslogs-stream-prefix": "ecs" };
      await ecs.send(
        new RegisterTaskDefinitionCommand({
          family: `arive-${name}`,
          requiresCompatibilities: ["FARGATE"],
          networkMode: "awsvpc",
          cpu: "256",
          memory: "512",
          executionRoleArn: Role!.Arn!,
          taskRoleArn: Role!.Arn!,
          containerDefinitions: [
            { name, image, stopTimeout: 2, portMappings: [{ containerPort: 8000 }], logConfiguration: { logDriver: "awslogs", options } },
          ],
        }),
      );
      await ecs.send(
        new CreateServiceCommand({
          cluster: "arive-cluster",
          serviceName: `arive-${name}`,
          taskDefinition: `arive-${name}`,
          desiredCount: 1,
          launchType: "FARGATE",
          enableExecuteCommand: true,
          networkConfiguration: { awsvpcConfiguration: { subnets: [Subnets![0]!.SubnetId!] } },
        }),
      );
    }
    await rds.send(
      new CreateDBClusterCommand({
        DBClusterIdentifier: "arive-cluster",
        Engine: "aurora-postgresql",
        EngineVersion: "15.10",
        MasterUsername: "postgres",
        MasterUserPassword: "postgres1",
        DatabaseName: "arive",
        ServerlessV2ScalingConfiguration: { MinCapacity: 0.5, MaxCapacity: 4 },
      }),
    );
    await rds.send(
      new CreateDBInstanceCommand({
        DBInstanceIdentifier: "arive-writer",
        DBClusterIdentifier: "arive-cluster",
        Engine: "aurora-postgresql",
        DBInstanceClass: "db.serverless",
      }),
    );
    const s3 = new S3Client({ ...settings, forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket: "arive-uploads" }));
    await s3.send(new PutBucketVersioningCommand({ Bucket: "arive-uploads", VersioningConfiguration: { Status: "Enabled" } }));
    await new SecretsManagerClient(settings).send(
      new CreateSecretCommand({ Name: "arive/production/database-password", SecretString: "old-password" }),
    );
    const asked = { DomainName: "api.tryarive.com", ValidationMethod: "DNS" } as const;
    certificate = (await new ACMClient(settings).send(new RequestCertificateCommand(asked))).CertificateArn!;
    const patience = { client: rds, minDelay: 1, maxDelay: 1, maxWaitTime: 240 }; // seconds
    await waitUntilDBInstanceAvailable(patience, { DBInstanceIdentifier: "arive-writer" });
  }

  test("trigger a deployment", async () => {
    const answer = await json<{ service: { deployments: { status: string }[] } }>(
      "aws ecs update-service --cluster arive-cluster --service arive-api --force-new-deployment",
    );
    expect(answer.service.deployments.map(({ status }) => status)).toContain("PRIMARY");
  });

  test("scale the workers to three, and check the running count", async () => {
    await shell(`aws ecs update-service \\
  --cluster arive-cluster \\
  --service arive-worker \\
  --desired-count 3`);
    const described = { cluster: "arive-cluster", services: ["arive-worker"] };
    await expect.poll(async () => (await ecs.send(new DescribeServicesCommand(described))).services![0]!.runningCount).toBe(3);
    const count = `aws ecs describe-services \\
  --cluster arive-cluster \\
  --services arive-worker \\
  --query 'services[0].runningCount'`;
    expect(await shell(count)).toBe("3");
  });

  test("check ECS service events", async () => {
    const { services } = await json<{ services: { events: { message: string }[] }[] }>(
      "aws ecs describe-services --cluster arive-cluster --services arive-api",
    );
    expect(services[0]!.events.map(({ message }) => message).join("\n")).toContain("(service arive-api)");
  });

  test.skipIf(!tails)(`view logs${tails ? "" : " (skipped: aws logs tail is in version 2 of the aws command)"}`, async () => {
    await until("timeout 3 aws logs tail /ecs/arive-api --follow || true", (all) => all.includes("arive works"));
  });
  test("the same logs by what aws logs tail calls", async () => {
    await until("aws logs filter-log-events --log-group-name /ecs/arive-api --query 'events[].message' --output text", (all) =>
      all.includes("arive works"),
    );
  });

  test("a manual snapshot of the cluster", async () => {
    const made = await json<{ DBClusterSnapshot: { DBClusterSnapshotIdentifier: string } }>(`aws rds create-db-cluster-snapshot \\
  --db-cluster-identifier arive-cluster \\
  --db-cluster-snapshot-identifier manual-snapshot-$(date +%Y%m%d)`);
    const { DBClusterSnapshotIdentifier } = made.DBClusterSnapshot;
    expect(DBClusterSnapshotIdentifier).toMatch(/^manual-snapshot-\d{8}$/);
    await expect
      .poll(
        async () => (await rds.send(new DescribeDBClusterSnapshotsCommand({ DBClusterSnapshotIdentifier }))).DBClusterSnapshots![0]!.Status,
      )
      .toBe("available");
    const described =
      "aws rds describe-db-cluster-snapshots --query 'DBClusterSnapshots[].[DBClusterSnapshotIdentifier,Status]' --output text";
    expect(await shell(described)).toContain(`${DBClusterSnapshotIdentifier}\tavailable`);
  });

  test("restore a deleted object", async () => {
    writeFileSync(join(folder, "myfile.jpg"), "a picture");
    await shell(`aws s3api put-object --bucket arive-uploads --key myfile.jpg --body ${folder}/myfile.jpg
aws s3api delete-object --bucket arive-uploads --key myfile.jpg`);
    const { Versions, DeleteMarkers } = await json<{ Versions: { VersionId: string }[]; DeleteMarkers: object[] }>(
      "aws s3api list-object-versions --bucket arive-uploads --prefix myfile.jpg",
    );
    expect([Versions.length, DeleteMarkers.length]).toEqual([1, 1]);
    // The guide leaves its address unquoted; a shell would take the question mark for a pattern.
    await shell(
      `aws s3api copy-object --bucket arive-uploads --copy-source 'arive-uploads/myfile.jpg?versionId=${Versions[0]!.VersionId}' --key myfile.jpg`,
    );
    await shell(`aws s3api get-object --bucket arive-uploads --key myfile.jpg ${folder}/back.jpg`);
    expect(await shell(`cat ${folder}/back.jpg`)).toBe("a picture");
  });

  test("check the certificate's status", async () => {
    const { Certificate } = await json<{
      Certificate: { Status: string; DomainValidationOptions: { ResourceRecord: { Type: string } }[] };
    }>(`aws acm describe-certificate --certificate-arn ${certificate}`);
    expect(Certificate.Status).toBe("PENDING_VALIDATION");
    expect(Certificate.DomainValidationOptions[0]!.ResourceRecord.Type).toBe("CNAME");
  });

  test("rotate the database's password: the secret, the cluster, the tasks", async () => {
    await shell(`aws secretsmanager update-secret \\
  --secret-id arive/production/database-password \\
  --secret-string "new-password"`);
    expect(
      await shell("aws secretsmanager get-secret-value --secret-id arive/production/database-password --query SecretString --output text"),
    ).toBe("new-password");
    await shell(`aws rds modify-db-cluster \\
  --db-cluster-identifier arive-cluster \\
  --master-user-password "new-password" --apply-immediately
aws ecs update-service --cluster arive-cluster --service arive-api --force-new-deployment`);
    const DBClusterIdentifier = "arive-cluster";
    await expect
      .poll(async () => (await rds.send(new DescribeDBClustersCommand({ DBClusterIdentifier }))).DBClusters![0]!.Status)
      .toBe("available");
    const status = "aws rds describe-db-clusters --db-cluster-identifier arive-cluster --query 'DBClusters[0].Status' --output text";
    expect(await shell(status)).toBe("available");
  });
});
