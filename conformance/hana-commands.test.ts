/**
 * Every aws command that hana's operators type (its manual's, as they stand there), in a shell, with their profile, against the embedded cloud.
 * hana's own deployment is tested in examples/hana; here stand-ins carry its names. Skipped where the aws command is not installed.
 */
import { execFile, spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { CloudWatchLogsClient, CreateLogGroupCommand, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { DescribeSubnetsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { ECRClient } from "@aws-sdk/client-ecr";
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DescribeServicesCommand,
  ECSClient,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
} from "@aws-sdk/client-ecs";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { CreateTopicCommand, SNSClient } from "@aws-sdk/client-sns";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { awsCommand } from "./aws-command.ts";
import { pushSource } from "./push-source.ts";
import { openTarget, type Target } from "./target.ts";

const { installed, tails, path: PATH } = awsCommand;
const onAws = process.env.TARGET === "aws";
const why = onAws ? " (skipped: on AWS they would act on hana itself)" : installed ? "" : " (skipped: the aws command is not installed)";
const run = promisify(execFile);
const region = "us-east-1";

describe.skipIf(why !== "")(`hana's commands${why}`, () => {
  let target: Target;
  let env: NodeJS.ProcessEnv;
  let ecs: ECSClient;
  let logs: CloudWatchLogsClient;
  const folder = mkdtempSync(join(tmpdir(), "plinth-hana-commands-"));

  beforeAll(async () => {
    target = await openTarget();
    const { endpoint, credentials } = target.configuration;
    const config = join(folder, "config");
    writeFileSync(
      config,
      `[profile my-dev-profile]
region = ${region}
endpoint_url = ${endpoint}
aws_access_key_id = ${credentials!.accessKeyId}
aws_secret_access_key = ${credentials!.secretAccessKey}
`,
    );
    // Only the profile says where it goes.
    const { HOME } = process.env;
    const programs = join(folder, "bin");
    mkdirSync(programs);
    // In place of Session Manager's own plugin, which is not on every machine.
    const plugin = fileURLToPath(new URL("./session-manager-plugin.ts", import.meta.url));
    writeProgram(join(programs, "session-manager-plugin"), `exec "${process.execPath}" "${plugin}" "$@"`);
    env = { PATH: `${programs}:${PATH}`, HOME, AWS_CONFIG_FILE: config, AWS_PAGER: "" };
    const settings = { endpoint: endpoint!, region, credentials: credentials! };
    ecs = new ECSClient(settings);
    logs = new CloudWatchLogsClient(settings);
    await deployStandIns(settings, folder);
  });
  afterAll(async () => {
    ecs.destroy();
    logs.destroy();
    await target[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  const shell = async (script: string) => (await run("bash", ["-c", script], { env })).stdout.trim();
  const until = (script: string, wanted: (answer: string) => boolean) =>
    expect.poll(async () => wanted(await shell(script)), { interval: 500 }).toBe(true);
  const services = ["hana-dev-api", "hana-dev-ws", "hana-dev-workers"];
  const tasks = async (desiredStatus: "RUNNING" | "STOPPED") =>
    (await ecs.send(new ListTasksCommand({ cluster: "hana-dev", desiredStatus }))).taskArns!;
  const running = async () =>
    (await ecs.send(new DescribeServicesCommand({ cluster: "hana-dev", services }))).services!.map(({ runningCount }) => runningCount);

  test("scale up services", async () => {
    const answers = await Promise.all(
      services.map((service) =>
        shell(`aws ecs update-service --cluster hana-dev --service ${service} --desired-count 1 --profile my-dev-profile`),
      ),
    );
    for (const answer of answers) expect(JSON.parse(answer)).toMatchObject({ service: { desiredCount: 1 } });
    await expect.poll(running).toEqual([1, 1, 1]);
  });

  /** What the API's log group holds, by the SDK. */
  const logged = async () =>
    (await logs.send(new FilterLogEventsCommand({ logGroupName: "/ecs/hana-dev/api" }))).events!.map(({ message }) => message);

  const taskId = `TASK_ID=$(aws ecs list-tasks --cluster hana-dev --service-name hana-dev-api \\
  --profile my-dev-profile --query 'taskArns[0]' --output text | cut -d'/' -f3)`;

  test("get a running task ID, connect to its container, and test its database's port", async () => {
    const task = await shell(`${taskId}; echo $TASK_ID`);
    expect(task).toMatch(/^[0-9a-f]{32}$/);
    // The manual looks for the task before each of them; once for all three is enough here.
    const execute = (command: string) => `TASK_ID=${task}
aws ecs execute-command \\
  --cluster hana-dev \\
  --task $TASK_ID \\
  --container api \\
  --interactive \\
  --command ${command} \\
  --profile my-dev-profile`;
    expect(await shell(`${execute('"/bin/sh"')} <<< $'echo I am in $DB_NAME\nexit\n'`)).toContain("I am in hana");
    // `nc` is one of the image's own, so that the machine need not have it. As on AWS no shell reads the command: the manual's form asks
    // for a host called $DB_HOST, and it takes one to mean the variable.
    expect(await shell(`${execute('"nc -zv \\$DB_HOST 5432"')} < /dev/null`)).toContain("asked for -zv $DB_HOST 5432");
    expect(await shell(`${execute(`"sh -c 'nc -zv \\$DB_HOST 5432'"`)} < /dev/null`)).toContain("asked for -zv 10.0.4.10 5432");
  });

  test("check service events", async () => {
    const events = JSON.parse(
      await shell(`aws ecs describe-services --cluster hana-dev --services hana-dev-api \\
  --profile my-dev-profile --query 'services[0].events[0:5]'`),
    ) as { message: string }[];
    expect(events.length).toBeLessThanOrEqual(5);
    expect(events.map(({ message }) => message).join("\n")).toMatch(/\(service hana-dev-api\) has started 1 tasks: \(task [0-9a-f]{32}\)/);
  });

  test.skipIf(!tails)(`tail logs${tails ? "" : " (skipped: aws logs tail is in version 2 of the aws command)"}`, async () => {
    const said = (text: string, filter: string) =>
      until(`aws logs tail /ecs/hana-dev/api ${filter} --profile my-dev-profile`, (all) => all.includes(text));
    await said("hana's API listens", "--since 1h");
    await said("could not reach the model", '--filter-pattern "ERROR"');
    expect(await shell('aws logs tail /ecs/hana-dev/api --filter-pattern "ERROR" --profile my-dev-profile')).not.toContain("listens");
    expect(await firstLine("aws logs tail /ecs/hana-dev/api --follow --profile my-dev-profile", env)).toContain("hana's API listens");
  });

  test("the same logs by what aws logs tail calls", async () => {
    const filter = (pattern: string) =>
      `aws logs filter-log-events --log-group-name /ecs/hana-dev/api ${pattern} --profile my-dev-profile --query 'events[].message' --output text`;
    await expect
      .poll(logged)
      .toEqual([expect.stringContaining("hana's API listens"), expect.stringContaining("could not reach the model")]);
    expect(await shell(filter(""))).toMatch(/hana's API listens[^]*could not reach the model/);
    const errors = await shell(filter('--filter-pattern "ERROR"'));
    expect(errors).toContain("could not reach the model");
    expect(errors).not.toContain("listens");
    expect(await shell(filter(`--start-time $(( ($(date +%s) - 3600) * 1000 ))`))).toContain("hana's API listens");
  });

  test("update the API keys, and view them", async () => {
    const bodies = [
      ["anthropic-api-key", '{"api_key": "sk-ant-api03-YOUR-KEY-HERE"}'],
      ["openai-api-key", '{"api_key": "sk-YOUR-KEY-HERE"}'],
      ["elevenlabs-api-key", '{"api_key": "YOUR-KEY-HERE"}'],
    ];
    const answers = bodies.map(([secret, body]) =>
      shell(`aws secretsmanager put-secret-value \\
  --secret-id hana/dev/${secret} \\
  --secret-string '${body}' \\
  --profile my-dev-profile`),
    );
    for (const answer of await Promise.all(answers)) expect(JSON.parse(answer)).toMatchObject({ VersionStages: ["AWSCURRENT"] });
    const names = JSON.parse(
      await shell(`aws secretsmanager list-secrets --filter Key=name,Values=hana/dev \\
  --profile my-dev-profile --query 'SecretList[].Name'`),
    ) as string[];
    expect(names.toSorted()).toEqual(
      ["anthropic-api-key", "elevenlabs-api-key", "openai-api-key", "rds-master"].map((name) => `hana/dev/${name}`),
    );
    const value = await shell(`aws secretsmanager get-secret-value \\
  --secret-id hana/dev/rds-master \\
  --profile my-dev-profile \\
  --query 'SecretString' --output text | ${spawnSync("jq", ["--version"]).status === 0 ? "jq" : "cat"}`);
    expect(JSON.parse(value)).toEqual({ username: "hana", password: "s3cret" });
  });

  test("subscribe email to alarms", async () => {
    expect(
      JSON.parse(
        await shell(`aws sns subscribe \\
  --topic-arn arn:aws:sns:us-east-1:123456789012:hana-dev-alarms \\
  --protocol email \\
  --notification-endpoint your@email.com \\
  --profile my-dev-profile`),
      ),
    ).toEqual({ SubscriptionArn: "pending confirmation" });
  });

  test("check task failures, and get a task's details, after scaling down", async () => {
    await Promise.all(
      services.map((service) =>
        shell(`aws ecs update-service --cluster hana-dev --service ${service} --desired-count 0 --profile my-dev-profile`),
      ),
    );
    await expect.poll(async () => (await tasks("STOPPED")).length).toBe(3);
    const stopped = "aws ecs list-tasks --cluster hana-dev --desired-status STOPPED \\\n  --profile my-dev-profile";
    const [arn] = (JSON.parse(await shell(stopped)) as { taskArns: string[] }).taskArns;
    expect(
      JSON.parse(
        await shell(`aws ecs describe-tasks --cluster hana-dev --tasks ${arn} \\
  --profile my-dev-profile --query 'tasks[0].stoppedReason'`),
      ),
    ).toMatch(/^Scaling activity initiated by \(deployment ecs-svc\/\d+\)$/);
  });
});

function writeProgram(file: string, script: string): void {
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
}

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

/** hana's cluster, services, secrets, topic and logs, with a program of a few lines in place of its own. */
async function deployStandIns(
  configuration: { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } },
  folder: string,
): Promise<void> {
  const [ecr, ecs, iam, logs] = [
    new ECRClient(configuration),
    new ECSClient(configuration),
    new IAMClient(configuration),
    new CloudWatchLogsClient(configuration),
  ];
  const secrets = new SecretsManagerClient(configuration);
  for (const name of ["anthropic-api-key", "openai-api-key", "elevenlabs-api-key"])
    await secrets.send(new CreateSecretCommand({ Name: `hana/dev/${name}` }));
  await secrets.send(new CreateSecretCommand({ Name: "hana/dev/rds-master", SecretString: '{"username":"hana","password":"s3cret"}' }));
  await new SNSClient(configuration).send(new CreateTopicCommand({ Name: "hana-dev-alarms" }));

  const statement = (more: object) => JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...more }] });
  const trust = statement({ Principal: { Service: "ecs-tasks.amazonaws.com" }, Action: "sts:AssumeRole" });
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName: "hana-dev-execution", AssumeRolePolicyDocument: trust }));
  const own = statement({ Action: ["ecr:*", "logs:*"], Resource: "*" });
  await iam.send(new PutRolePolicyCommand({ RoleName: "hana-dev-execution", PolicyName: "own", PolicyDocument: own }));
  const channels = ["CreateControlChannel", "CreateDataChannel", "OpenControlChannel", "OpenDataChannel"].map(
    (name) => `ssmmessages:${name}`,
  );
  const task = await iam.send(new CreateRoleCommand({ RoleName: "hana-dev-task", AssumeRolePolicyDocument: trust }));
  const exec = statement({ Action: channels, Resource: "*" });
  await iam.send(new PutRolePolicyCommand({ RoleName: "hana-dev-task", PolicyName: "exec", PolicyDocument: exec }));
  const image = await pushProgram(ecr, join(folder, "hana"));
  const { Subnets } = await new EC2Client(configuration).send(new DescribeSubnetsCommand({}));

  const environment = Object.entries({ DB_HOST: "10.0.4.10", DB_NAME: "hana" }).map(([name, value]) => ({ name, value }));
  await ecs.send(new CreateClusterCommand({ clusterName: "hana-dev" }));
  for (const name of ["api", "ws", "workers"]) {
    const group = `/ecs/hana-dev/${name}`;
    await logs.send(new CreateLogGroupCommand({ logGroupName: group }));
    const options = { "awslogs-group": group, "awslogs-region": region, "awslogs-stream-prefix": "ecs" };
    await ecs.send(
      new RegisterTaskDefinitionCommand({
        family: `hana-dev-${name}`,
        requiresCompatibilities: ["FARGATE"],
        networkMode: "awsvpc",
        cpu: "512",
        memory: "1024",
        executionRoleArn: Role!.Arn!,
        taskRoleArn: task.Role!.Arn!,
        containerDefinitions: [{ name, image, stopTimeout: 2, environment, logConfiguration: { logDriver: "awslogs", options } }],
      }),
    );
    await ecs.send(
      new CreateServiceCommand({
        cluster: "hana-dev",
        serviceName: `hana-dev-${name}`,
        taskDefinition: `hana-dev-${name}`,
        desiredCount: 0,
        launchType: "FARGATE",
        enableExecuteCommand: true,
        networkConfiguration: { awsvpcConfiguration: { subnets: [Subnets![0]!.SubnetId!] } },
      }),
    );
  }
  for (const client of [ecr, ecs, iam, logs, secrets]) client.destroy();
}

/** A program of a few lines, and its own `nc`; its reference. */
function pushProgram(ecr: ECRClient, context: string): Promise<string> {
  mkdirSync(join(context, "node_modules/.bin"), { recursive: true });
  writeProgram(join(context, "node_modules/.bin/nc"), 'echo "asked for $@"');
  return pushSource(
    ecr,
    context,
    "hana-dev/api",
    `console.log('{"level":"INFO","message":"hana\\'s API listens on port 3000"}');
console.log('{"level":"ERROR","message":"could not reach the model"}');
process.on("SIGTERM", () => process.exit(0));
setInterval(() => {}, 1000);
`,
  );
}
