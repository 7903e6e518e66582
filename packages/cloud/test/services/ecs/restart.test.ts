/** A cloud that is killed and one that is stopped: what is reported is what runs. */
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import {
  ContinueServiceDeploymentCommand,
  CreateClusterCommand,
  CreateServiceCommand,
  DescribeServiceDeploymentsCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ECSClient,
  ListServiceDeploymentsCommand,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  StopServiceDeploymentCommand,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import { DescribeSubnetsCommand, EC2Client } from "@aws-sdk/client-ec2";
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateRuleCommand,
  CreateTargetGroupCommand,
  DescribeRulesCommand,
  ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { AttachRolePolicyCommand, CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { CreateFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { expect, test } from "vitest";
import { zipOf } from "../../../src/services/lambda/zip.ts";
import { allow, trust } from "../scheduler/place.ts";

const program = fileURLToPath(new URL("../../../bin/plinth-cloud.js", import.meta.url));

async function startCloud(state: string): Promise<{ process: ChildProcess; endpoint: string }> {
  const child = spawn(process.execPath, [program, "--state", state, "--port", "0"], { stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: child.stdout })) {
    return { process: child, endpoint: (JSON.parse(line) as { endpoint: string }).endpoint };
  }
  throw new Error("the cloud did not start");
}

function ended(child: ChildProcess): Promise<unknown> {
  return child.exitCode !== null || child.signalCode !== null ? Promise.resolve() : new Promise((done) => child.once("exit", done));
}

function clients(endpoint: string) {
  const configuration = { endpoint, region: "eu-central-1", credentials: { accessKeyId: "test", secretAccessKey: "test" } };
  return {
    ecs: new ECSClient(configuration),
    ec2: new EC2Client(configuration),
    elb: new ElasticLoadBalancingV2Client(configuration),
    iam: new IAMClient(configuration),
    lambda: new LambdaClient(configuration),
  };
}

/** Whether the program of a task still runs: each carries its task's id in its environment. */
function runs(taskId: string): boolean {
  return readdirSync("/proc").some((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/environ`, "utf8").includes(taskId);
    } catch {
      return false;
    }
  });
}

test.skipIf(process.platform !== "linux")("after SIGKILL no process is left over, and services run again", async () => {
  const state = mkdtempSync(join(tmpdir(), "plinth-restart-"));
  let cloud = await startCloud(state);
  try {
    let { ecs, ec2 } = clients(cloud.endpoint);
    await ecs.send(new CreateClusterCommand({ clusterName: "test" }));
    const { Subnets } = await ec2.send(new DescribeSubnetsCommand({}));
    await ecs.send(
      new RegisterTaskDefinitionCommand({
        family: "sleeper",
        requiresCompatibilities: ["FARGATE"],
        networkMode: "awsvpc",
        cpu: "256",
        memory: "512",
        containerDefinitions: [
          {
            name: "app",
            image: "public.ecr.aws/docker/library/postgres:17-alpine",
            entryPoint: ["sh", "-c"],
            command: ["sleep 600"],
            stopTimeout: 1,
          },
        ],
      }),
    );
    await ecs.send(
      new CreateServiceCommand({
        cluster: "test",
        serviceName: "sleeper",
        taskDefinition: "sleeper",
        desiredCount: 1,
        launchType: "FARGATE",
        networkConfiguration: { awsvpcConfiguration: { subnets: [Subnets![0]!.SubnetId!] } },
      }),
    );
    const running = async () => {
      const { services } = await ecs.send(new DescribeServicesCommand({ cluster: "test", services: ["sleeper"] }));
      return services![0]!.runningCount;
    };
    const only = async () => (await ecs.send(new ListTasksCommand({ cluster: "test" }))).taskArns!;
    const idOf = (arn: string) => arn.split("/").at(-1)!;
    await expect.poll(running).toBe(1);
    const [before] = await only();
    expect(runs(idOf(before!))).toBe(true);

    cloud.process.kill("SIGKILL");
    await ended(cloud.process);
    expect(runs(idOf(before!))).toBe(true);
    cloud = await startCloud(state);
    ({ ecs, ec2 } = clients(cloud.endpoint));
    await expect.poll(running).toBe(1);
    expect(runs(idOf(before!))).toBe(false);
    const { tasks } = await ecs.send(new DescribeTasksCommand({ cluster: "test", tasks: [before!] }));
    expect(tasks![0]).toMatchObject({ lastStatus: "STOPPED", stopCode: "TerminationNotice" });
    const after = await only();
    expect(after).toHaveLength(1);
    expect(after).not.toEqual([before]);
    expect(runs(idOf(after[0]!))).toBe(true);

    cloud.process.kill("SIGTERM");
    await ended(cloud.process);
    expect(runs(idOf(after[0]!))).toBe(false);
  } finally {
    cloud.process.kill("SIGTERM");
    await ended(cloud.process);
    rmSync(state, { recursive: true, force: true });
  }
});

test.skipIf(process.platform !== "linux")(
  "a canary that is stopped and killed in the middle, at its hooks too, goes on where it was, and can be taken back",
  async () => {
    const state = mkdtempSync(join(tmpdir(), "plinth-restart-"));
    let cloud = await startCloud(state);
    try {
      let { ecs, ec2, elb, iam, lambda } = clients(cloud.endpoint);
      const { Subnets } = await ec2.send(new DescribeSubnetsCommand({}));
      const subnets = Subnets!.slice(0, 2).map(({ SubnetId }) => SubnetId!);
      const { LoadBalancers } = await elb.send(new CreateLoadBalancerCommand({ Name: "front", Subnets: subnets }));
      const { LoadBalancerArn, VpcId } = LoadBalancers![0]!;
      const group = async (Name: string) => {
        const health = { HealthCheckIntervalSeconds: 5, HealthCheckTimeoutSeconds: 2, HealthyThresholdCount: 2 };
        const { TargetGroups } = await elb.send(
          new CreateTargetGroupCommand({ Name, Protocol: "HTTP", Port: 80, VpcId: VpcId!, TargetType: "ip", ...health }),
        );
        return TargetGroups![0]!.TargetGroupArn!;
      };
      const groups = [await group("blue"), await group("green")] as const;
      const { Listeners } = await elb.send(
        new CreateListenerCommand({
          LoadBalancerArn: LoadBalancerArn!,
          Port: 80,
          Protocol: "HTTP",
          DefaultActions: [{ Type: "fixed-response", FixedResponseConfig: { StatusCode: "404" } }],
        }),
      );
      const { Rules } = await elb.send(
        new CreateRuleCommand({
          ListenerArn: Listeners![0]!.ListenerArn!,
          Priority: 1,
          Conditions: [{ Field: "path-pattern", PathPatternConfig: { Values: ["/*"] } }],
          Actions: [
            {
              Type: "forward",
              ForwardConfig: { TargetGroups: groups.map((TargetGroupArn, i) => ({ TargetGroupArn, Weight: i === 0 ? 1 : 0 })) },
            },
          ],
        }),
      );
      const productionListenerRule = Rules![0]!.RuleArn!;
      const moves = { RoleName: "moves", AssumeRolePolicyDocument: trust("ecs.amazonaws.com") };
      const { Role } = await iam.send(new CreateRoleCommand(moves));
      const PolicyArn = "arn:aws:iam::aws:policy/AmazonECSInfrastructureRolePolicyForLoadBalancers";
      await iam.send(new AttachRolePolicyCommand({ RoleName: "moves", PolicyArn }));
      await ecs.send(new CreateClusterCommand({ clusterName: "test" }));
      const define = async (text: string) => {
        const { taskDefinition } = await ecs.send(
          new RegisterTaskDefinitionCommand({
            family: "web",
            requiresCompatibilities: ["FARGATE"],
            networkMode: "awsvpc",
            cpu: "256",
            memory: "512",
            containerDefinitions: [
              {
                name: "app",
                image: "public.ecr.aws/docker/library/postgres:17-alpine",
                entryPoint: ["sh", "-c"],
                command: [`exec node -e 'require("node:http").createServer((_, answer) => answer.end("${text}")).listen(3000)'`],
                portMappings: [{ containerPort: 3000 }],
                stopTimeout: 2,
              },
            ],
          }),
        );
        return taskDefinition!.taskDefinitionArn!;
      };
      const at = { cluster: "test", service: "web" };
      await ecs.send(
        new CreateServiceCommand({
          cluster: "test",
          serviceName: "web",
          taskDefinition: await define("one"),
          desiredCount: 1,
          launchType: "FARGATE",
          networkConfiguration: { awsvpcConfiguration: { subnets } },
          deploymentConfiguration: { strategy: "CANARY", canaryConfiguration: { canaryPercent: 50, canaryBakeTimeInMinutes: 60 } },
          loadBalancers: [
            {
              targetGroupArn: groups[0],
              containerName: "app",
              containerPort: 3000,
              advancedConfiguration: { alternateTargetGroupArn: groups[1], productionListenerRule, roleArn: Role!.Arn! },
            },
          ],
        }),
      );
      const newest = async () => {
        const { serviceDeployments } = await ecs.send(new ListServiceDeploymentsCommand(at));
        const serviceDeploymentArns = [serviceDeployments![0]!.serviceDeploymentArn!];
        return (await ecs.send(new DescribeServiceDeploymentsCommand({ serviceDeploymentArns }))).serviceDeployments![0]!;
      };
      const stands = async () => {
        const { status, lifecycleStage, targetServiceRevision: to } = await newest();
        return [status, lifecycleStage, to!.requestedProductionTrafficWeight];
      };
      const running = async () =>
        (await ecs.send(new DescribeServicesCommand({ cluster: "test", services: ["web"] }))).services![0]!.runningCount;
      const weights = async () => {
        const { Rules: now } = await elb.send(new DescribeRulesCommand({ RuleArns: [productionListenerRule] }));
        const of = now![0]!.Actions![0]!.ForwardConfig!.TargetGroups!;
        return groups.map((arn) => of.find(({ TargetGroupArn }) => TargetGroupArn === arn)!.Weight);
      };
      await expect.poll(stands).toEqual(["SUCCESSFUL", "CLEAN_UP", 100]);

      // A function that never answers the first time that it is asked, and is noted whenever it is.
      const notes = join(state, "asked");
      const code = `const { appendFileSync, readFileSync } = require("node:fs");
        exports.handler = async ({ executionId, hookDetails: { notes } }) => {
          appendFileSync(notes, executionId + "\\n");
          const first = readFileSync(notes, "utf8").split("\\n").length === 2;
          return first ? new Promise((done) => setTimeout(done, 800_000)) : { hookStatus: "SUCCEEDED" };
        };`;
      const runs = { RoleName: "runs", AssumeRolePolicyDocument: trust("lambda.amazonaws.com") };
      const { Role: runner } = await iam.send(new CreateRoleCommand(runs));
      const { FunctionArn } = await lambda.send(
        new CreateFunctionCommand({
          FunctionName: "looks",
          Runtime: "nodejs22.x",
          Handler: "index.handler",
          Role: runner!.Arn!,
          Timeout: 900,
          Code: { ZipFile: zipOf("index.js", Buffer.from(code)) },
        }),
      );
      const mayAsk = { RoleName: "moves", PolicyName: "asks", PolicyDocument: allow("lambda:InvokeFunction", FunctionArn!) };
      await iam.send(new PutRolePolicyCommand(mayAsk));
      const asked = () => (existsSync(notes) ? readFileSync(notes, "utf8").trim().split("\n") : []);
      await ecs.send(
        new UpdateServiceCommand({
          ...at,
          taskDefinition: await define("two"),
          deploymentConfiguration: {
            strategy: "CANARY",
            canaryConfiguration: { canaryPercent: 50, canaryBakeTimeInMinutes: 60 },
            lifecycleHooks: [
              { targetType: "PAUSE", lifecycleStages: ["POST_SCALE_UP"] },
              {
                targetType: "AWS_LAMBDA",
                hookTargetArn: FunctionArn!,
                roleArn: Role!.Arn!,
                lifecycleStages: ["PRE_PRODUCTION_TRAFFIC_SHIFT"],
                hookDetails: { notes },
              },
            ],
          },
        }),
      );
      const hooks = async () => (await newest()).lifecycleHookDetails?.map(({ hookId, status }) => ({ hookId, status }));
      const nextLife = async (signal: "SIGTERM" | "SIGKILL") => {
        cloud.process.kill(signal);
        await ended(cloud.process);
        cloud = await startCloud(state);
        ({ ecs, ec2, elb, iam, lambda } = clients(cloud.endpoint));
        await expect.poll(running).toBe(2);
      };
      await expect.poll(hooks).toEqual([{ hookId: expect.any(String) as string, status: "AWAITING_ACTION" }]);
      const [pause] = (await hooks())!;
      await nextLife("SIGTERM");
      expect([await stands(), await hooks()]).toEqual([["IN_PROGRESS", "POST_SCALE_UP", 0], [pause]]);
      const { serviceDeploymentArn } = await newest();
      await ecs.send(
        new ContinueServiceDeploymentCommand({ serviceDeploymentArn: serviceDeploymentArn!, hookId: pause!.hookId!, action: "CONTINUE" }),
      );
      await expect.poll(asked).toHaveLength(1);

      await nextLife("SIGKILL");
      // It is asked again, under the same id.
      await expect.poll(asked).toHaveLength(2);
      expect(new Set(asked()).size).toBe(1);
      await expect.poll(stands).toEqual(["IN_PROGRESS", "PRODUCTION_TRAFFIC_SHIFT", 50]);

      await nextLife("SIGKILL");
      expect([await stands(), await weights()]).toEqual([
        ["IN_PROGRESS", "PRODUCTION_TRAFFIC_SHIFT", 50],
        [50, 50],
      ]);
      await ecs.send(new StopServiceDeploymentCommand({ serviceDeploymentArn: (await newest()).serviceDeploymentArn! }));
      await expect.poll(stands).toEqual(["ROLLBACK_SUCCESSFUL", "CLEAN_UP", 0]);
      expect([await weights(), await running()]).toEqual([[100, 0], 1]);
    } finally {
      cloud.process.kill("SIGTERM");
      await ended(cloud.process);
      rmSync(state, { recursive: true, force: true });
    }
  },
  300_000,
);
