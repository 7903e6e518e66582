/**
 * Every aws command that plue's operators type (its manual's, with the names that Plinth gives), in a shell, against the plue that plue.test.ts has deployed.
 * Skipped where the aws command is not installed.
 */
import { execFile, spawn } from "node:child_process";
import { promisify } from "node:util";
import { DescribeServicesCommand, DescribeTasksCommand, ECSClient } from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { awsCommand } from "../../../conformance/aws-command.ts";

const { installed, tails, path: PATH } = awsCommand;
const why = installed ? "" : " (skipped: the aws command is not installed)";
const run = promisify(execFile);

/** @param endpoint of the cloud in which the stage dev of plue runs */
export const operatorsCommands = (endpoint: () => string) =>
  describe.skipIf(why !== "")(`its operators' commands${why}`, () => {
    let env: NodeJS.ProcessEnv;
    // What only waits is asked by the SDK's client: the aws command takes half a second of processor time each time.
    let ecs: ECSClient;

    beforeAll(() => {
      env = {
        PATH,
        HOME: process.env.HOME,
        AWS_PAGER: "",
        AWS_ENDPOINT_URL: endpoint(),
        AWS_DEFAULT_REGION: "us-east-1",
        AWS_ACCESS_KEY_ID: "test",
        AWS_SECRET_ACCESS_KEY: "test",
        CLUSTER_NAME: "plue-dev",
      };
      ecs = new ECSClient({ endpoint: endpoint(), region: "us-east-1", credentials: { accessKeyId: "test", secretAccessKey: "test" } });
    });
    afterAll(() => ecs.destroy());

    const shell = async (script: string) => (await run("bash", ["-c", script], { env })).stdout.trim();

    test("(P2) run the migration task", async () => {
      const subnet = `SUBNET_ID=$(aws ec2 describe-vpcs --filters "Name=tag:Name,Values=plue-dev*" --query 'Vpcs[0].VpcId' --output text |
  xargs -I {} aws ec2 describe-subnets --filters "Name=vpc-id,Values={}" "Name=cidr-block,Values=10.0.10.0/24" --query 'Subnets[0].SubnetId' --output text)
TASK_DEF_ARN=$(aws ecs describe-task-definition --task-definition plue-dev-migrate --query taskDefinition.taskDefinitionArn --output text)`;
      const answer = await shell(`${subnet}
aws ecs run-task \\
    --cluster $CLUSTER_NAME \\
    --task-definition $TASK_DEF_ARN \\
    --launch-type FARGATE \\
    --network-configuration "awsvpcConfiguration={subnets=[$SUBNET_ID],assignPublicIp=DISABLED}"`);
      const { tasks, failures } = JSON.parse(answer) as { tasks: { taskArn: string; launchType: string }[]; failures: unknown[] };
      expect([tasks.map(({ launchType }) => launchType), failures]).toEqual([["FARGATE"], []]);
      const stopped = `aws ecs describe-tasks --cluster $CLUSTER_NAME --tasks ${tasks[0]!.taskArn} --query 'tasks[0].[lastStatus,containers[0].exitCode]' --output text`;
      const described = { cluster: "plue-dev", tasks: [tasks[0]!.taskArn] };
      await expect.poll(async () => (await ecs.send(new DescribeTasksCommand(described))).tasks![0]!.lastStatus).toBe("STOPPED");
      expect(await shell(stopped)).toBe("STOPPED\t0");
    });

    test("view ECS service events", async () => {
      const { services } = JSON.parse(await shell("aws ecs describe-services --cluster $CLUSTER_NAME --services plue-dev-api")) as {
        services: { runningCount: number; events: { message: string }[] }[];
      };
      expect(services[0]!.runningCount).toBe(1);
      expect(services[0]!.events.map(({ message }) => message).join("\n")).toContain("(service plue-dev-api) has reached a steady state.");
    });

    test("force a new deployment", async () => {
      const tasks = "aws ecs list-tasks --cluster $CLUSTER_NAME --service-name plue-dev-api --query 'taskArns[0]' --output text";
      const before = await shell(tasks);
      const answer = await shell("aws ecs update-service --cluster $CLUSTER_NAME --service plue-dev-api --force-new-deployment");
      expect(JSON.parse(answer)).toMatchObject({ service: { deployments: [{ status: "PRIMARY" }, { status: "ACTIVE" }] } });
      const count =
        "aws ecs describe-services --cluster $CLUSTER_NAME --services plue-dev-api --query 'services[0].deployments | length(@)'";
      const described = { cluster: "plue-dev", services: ["plue-dev-api"] };
      await expect.poll(async () => (await ecs.send(new DescribeServicesCommand(described))).services![0]!.deployments!.length).toBe(1);
      expect(await shell(count)).toBe("1");
      expect(await shell(tasks)).not.toBe(before);
    });

    test.skipIf(!tails)(`view task logs${tails ? "" : " (skipped: aws logs tail is in version 2 of the aws command)"}`, async () => {
      expect(await firstLine("aws logs tail /ecs/dev/plue-api-server --follow", env)).toContain("serving /srv/git on port 8000");
    });

    test("the same logs by what aws logs tail calls", async () => {
      const filter = "aws logs filter-log-events --log-group-name /ecs/dev/plue-api-server --query 'events[].message' --output text";
      expect(await shell(filter)).toContain("serving /srv/git on port 8000");
    });

    test("check RDS status", async () => {
      // Version 1 of the aws command takes the endpoint of RDS from nowhere but its option.
      const answer = await shell(
        "aws rds describe-db-instances --db-instance-identifier plue-dev-database --endpoint-url $AWS_ENDPOINT_URL",
      );
      expect(JSON.parse(answer)).toMatchObject({
        DBInstances: [{ DBInstanceStatus: "available", Engine: "postgres", StorageEncrypted: true }],
      });
    });

    test("(P3, P4) the secrets by the names of the manual, and the file system", async () => {
      const secret = "aws secretsmanager get-secret-value --secret-id dev-plue-db-connection --query SecretString --output text";
      expect(JSON.parse(await shell(secret))).toMatchObject({ url: expect.stringMatching(/^postgresql:\/\/.+\/plue\?sslmode=require$/) });
      const files = JSON.parse(await shell("aws efs describe-file-systems")) as { FileSystems: { Encrypted: boolean; Name: string }[] };
      expect(files.FileSystems).toMatchObject([{ Encrypted: true, Name: "plue-dev-repositories", LifeCycleState: "available" }]);
    });
  });

/** The first line that a command writes; then it is ended. */
async function firstLine(script: string, env: NodeJS.ProcessEnv): Promise<string> {
  const child = spawn("bash", ["-c", `exec ${script}`], { env, stdio: ["ignore", "pipe", "ignore"] });
  const ended = new Promise((done) => child.once("exit", done));
  try {
    for await (const chunk of child.stdout) return String(chunk);
    return "";
  } finally {
    child.kill("SIGTERM");
    await ended;
  }
}
