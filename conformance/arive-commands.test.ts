/**
 * Every aws command of arive's infrastructure guide, as it stands there, in a shell, against the embedded cloud. arive's own deployment is
 * tested in examples/arive; here stand-ins carry its names. Skipped where the aws command is not installed.
 */
import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { ECRClient } from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { openTarget, type Target } from "./target.ts";
import { pushSource } from "./push-source.ts";

const version = spawnSync("aws", ["--version"], { encoding: "utf8" });
const installed = version.status === 0;
// `aws logs tail` came with version 2 of the command line.
const tails = installed && !version.stdout.startsWith("aws-cli/1.");
const onAws = process.env.TARGET === "aws";
const why = onAws ? " (skipped: on AWS they would act on arive itself)" : installed ? "" : " (skipped: the aws command is not installed)";
const run = promisify(execFile);
const region = "us-east-1";

// The aws command takes a second or more to start, each time.
describe.skipIf(why !== "")(`arive's commands${why}`, { timeout: 240_000 }, () => {
  let target: Target;
  let env: NodeJS.ProcessEnv;
  let certificate: string;
  const folder = mkdtempSync(join(tmpdir(), "plinth-arive-commands-"));

  // Version 1 of the command takes the variable for every service but RDS.
  const own = `aws() { if [ "$1" = rds ]; then command aws "$@" --endpoint-url "$AWS_ENDPOINT_URL"; else command aws "$@"; fi; }`;
  const shell = async (script: string) => (await run("bash", ["-c", `${own}\n${script}`], { env, timeout: 240_000 })).stdout.trim();
  const json = async <T>(script: string) => JSON.parse(await shell(script)) as T;
  const until = (script: string, wanted: (answer: string) => boolean) =>
    vi.waitFor(async () => expect(wanted(await shell(script))).toBe(true), { timeout: 120_000, interval: 200 });

  beforeAll(async () => {
    target = await openTarget();
    const { endpoint, credentials } = target.configuration;
    const { PATH, HOME } = process.env;
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
  }, 300_000);
  afterAll(async () => {
    await target[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  /** arive's cluster, services, database, bucket, secret and certificate, with a program of a few lines in place of its own. */
  async function standIns(): Promise<void> {
    const { endpoint, credentials } = target.configuration;
    const ecr = new ECRClient({ endpoint: endpoint!, region, credentials: credentials! });
    const image = await pushSource(
      ecr,
      join(folder, "arive"),
      "arive",
      'import { createServer } from "node:http";\nconsole.log("arive works");\ncreateServer((request, response) => response.end("ok")).listen(8000);\nprocess.on("SIGTERM", () => process.exit(0));\n',
    );
    ecr.destroy();
    const trust =
      '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole"}]}';
    const rights = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ecr:*","logs:*","ssmmessages:*"],"Resource":"*"}]}';
    const definition = (name: string) =>
      JSON.stringify({
        family: `arive-${name}`,
        requiresCompatibilities: ["FARGATE"],
        networkMode: "awsvpc",
        cpu: "256",
        memory: "512",
        executionRoleArn: "arn:aws:iam::123456789012:role/arive",
        taskRoleArn: "arn:aws:iam::123456789012:role/arive",
        containerDefinitions: [
          {
            name,
            image,
            stopTimeout: 2,
            portMappings: [{ containerPort: 8000 }],
            logConfiguration: {
              logDriver: "awslogs",
              options: { "awslogs-group": `/ecs/arive-${name}`, "awslogs-region": region, "awslogs-stream-prefix": "ecs" },
            },
          },
        ],
      });
    await shell(`set -e
aws iam create-role --role-name arive --assume-role-policy-document '${trust}'
aws iam put-role-policy --role-name arive --policy-name own --policy-document '${rights}'
aws ecs create-cluster --cluster-name arive-cluster
SUBNET=$(aws ec2 describe-subnets --query 'Subnets[0].SubnetId' --output text)
for NAME in api worker; do
  aws logs create-log-group --log-group-name /ecs/arive-$NAME
done
aws ecs register-task-definition --cli-input-json '${definition("api")}'
aws ecs register-task-definition --cli-input-json '${definition("worker")}'
for NAME in api worker; do
  aws ecs create-service --cluster arive-cluster --service-name arive-$NAME --task-definition arive-$NAME --desired-count 1 --launch-type FARGATE \\
    --enable-execute-command --network-configuration "awsvpcConfiguration={subnets=[$SUBNET]}"
done
aws rds create-db-cluster --db-cluster-identifier arive-cluster --engine aurora-postgresql --engine-version 15.10 --master-username postgres \\
  --master-user-password postgres1 --database-name arive --serverless-v2-scaling-configuration MinCapacity=0.5,MaxCapacity=4
aws rds create-db-instance --db-instance-identifier arive-writer --db-cluster-identifier arive-cluster --engine aurora-postgresql --db-instance-class db.serverless
aws s3api create-bucket --bucket arive-uploads
aws s3api put-bucket-versioning --bucket arive-uploads --versioning-configuration Status=Enabled
aws secretsmanager create-secret --name arive/production/database-password --secret-string old-password`);
    certificate = await shell(
      "aws acm request-certificate --domain-name api.tryarive.com --validation-method DNS --query CertificateArn --output text",
    );
    await until(
      "aws rds describe-db-instances --db-instance-identifier arive-writer --query 'DBInstances[0].DBInstanceStatus' --output text",
      (status) => status === "available",
    );
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
    await until(
      `aws ecs describe-services \\
  --cluster arive-cluster \\
  --services arive-worker \\
  --query 'services[0].runningCount'`,
      (count) => count === "3",
    );
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
    await shell(`aws rds create-db-cluster-snapshot \\
  --db-cluster-identifier arive-cluster \\
  --db-cluster-snapshot-identifier manual-snapshot-$(date +%Y%m%d)`);
    await until(
      "aws rds describe-db-cluster-snapshots --db-cluster-snapshot-identifier manual-snapshot-$(date +%Y%m%d) --query 'DBClusterSnapshots[0].Status' --output text",
      (status) => status === "available",
    );
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
    await until(
      "aws rds describe-db-clusters --db-cluster-identifier arive-cluster --query 'DBClusters[0].Status' --output text",
      (status) => status === "available",
    );
  });
});
