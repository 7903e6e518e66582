/** A cloud that is killed and one that is stopped: what is reported is what runs. */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
} from "@aws-sdk/client-ecs";
import { DescribeSubnetsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { expect, test } from "vitest";

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
  return { ecs: new ECSClient(configuration), ec2: new EC2Client(configuration) };
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
    await expect.poll(running, { timeout: 10_000 }).toBe(1);
    const [before] = await only();
    expect(runs(idOf(before!))).toBe(true);

    cloud.process.kill("SIGKILL");
    await ended(cloud.process);
    expect(runs(idOf(before!))).toBe(true);
    cloud = await startCloud(state);
    ({ ecs, ec2 } = clients(cloud.endpoint));
    await expect.poll(running, { timeout: 10_000 }).toBe(1);
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
