/** What a task asks of the cloud at its own addresses: its role's credentials, and what it is (task metadata endpoint version 4). */
import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Cloud } from "../../cloud.ts";
import { clusterArn, containerArn, taskArn } from "./names.ts";
import { findTaskDefinition } from "./task-definition.ts";
import { protectionState } from "./task-agent.ts";
import { type TaskRun, taskRuns } from "./task-run.ts";

/** `/_plinth/tasks/ID/credentials`, `/_plinth/tasks/ID/v4/CONTAINER[/task|/stats|/task/stats]`, `/_plinth/tasks/ID/agent/task-protection/v1/state`. */
export async function serveTask(request: IncomingMessage, response: ServerResponse, cloud: Cloud): Promise<void> {
  const [, , , id, what, container, ...rest] = (request.url ?? "").split("?")[0]!.split("/");
  const run = taskRuns(cloud).get(id ?? "");
  const answer = (status: number, body: unknown) => {
    response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" }).end(JSON.stringify(body));
  };
  if (
    run &&
    what === "agent" &&
    [container, ...rest].join("/") === "task-protection/v1/state" &&
    ["GET", "PUT"].includes(request.method!)
  ) {
    const { status, body } = await protectionState(request, run);
    return answer(status, body);
  }
  if (request.method !== "GET") return answer(405, { code: "MethodNotAllowed", message: "only GET is answered here" });
  if (!run) return answer(404, { code: "NotFound", message: "no such task is running" });
  if (what === "credentials") {
    const token = String(request.headers.authorization ?? "");
    if (run.credentialsToken === undefined || !equal(token, run.credentialsToken)) {
      return answer(403, { code: "AccessDenied", message: "the authorization token does not match" });
    }
    const found = run.credentials();
    if (!found) return answer(404, { code: "NoRole", message: "the task has no role" });
    return answer(200, {
      RoleArn: found.principal.kind === "assumed-role" ? found.principal.roleArn : undefined,
      AccessKeyId: found.accessKeyId,
      SecretAccessKey: found.secretAccessKey,
      Token: found.sessionToken,
      Expiration: new Date(found.expiresMs).toISOString(),
    });
  }
  if (what === "v4" && run.task.containers.some(({ runtimeId }) => runtimeId === container)) {
    const path = rest.join("/");
    if (path === "") return answer(200, describeContainer(run, container!));
    if (path === "task") return answer(200, describeTask(run));
    if (path === "stats") return answer(200, stats(run, container!));
    if (path === "task/stats") {
      return answer(200, Object.fromEntries(run.task.containers.map(({ runtimeId }) => [runtimeId, stats(run, runtimeId)])));
    }
  }
  return answer(404, { code: "NotFound", message: "there is nothing here" });
}

function equal(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.byteLength === b.byteLength && timingSafeEqual(a, b);
}

const timeOf = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms).toISOString());

function describeContainer({ scope, task, network }: TaskRun, runtimeId: string): Record<string, unknown> {
  const container = task.containers.find((each) => each.runtimeId === runtimeId)!;
  const definition = findTaskDefinition(scope, `${task.family}:${task.revision}`)?.definition.containerDefinitions.find(
    ({ name }) => name === container.name,
  );
  const log = definition?.logConfiguration;
  const prefix = log?.options?.["awslogs-stream-prefix"];
  return {
    DockerId: runtimeId,
    Name: container.name,
    DockerName: container.name,
    Image: container.image,
    ImageID: container.imageDigest,
    Labels: {
      "com.amazonaws.ecs.cluster": clusterArn(scope, task.cluster),
      "com.amazonaws.ecs.container-name": container.name,
      "com.amazonaws.ecs.task-arn": taskArn(scope, task.cluster, task.id),
      "com.amazonaws.ecs.task-definition-family": task.family,
      "com.amazonaws.ecs.task-definition-version": String(task.revision),
      ...definition?.dockerLabels,
    },
    DesiredStatus: task.desiredStatus,
    KnownStatus: container.lastStatus,
    ...(container.exitCode !== undefined && { ExitCode: container.exitCode }),
    Limits: { CPU: container.cpu, ...(container.memory !== undefined && { Memory: container.memory }) },
    CreatedAt: timeOf(task.createdMs),
    StartedAt: timeOf(task.startedMs),
    Type: "NORMAL",
    ...(log?.logDriver === "awslogs" && {
      LogDriver: "awslogs",
      LogOptions: {
        "awslogs-group": log.options?.["awslogs-group"],
        "awslogs-region": log.options?.["awslogs-region"],
        "awslogs-stream": prefix ? `${prefix}/${container.name}/${task.id}` : task.id,
      },
    }),
    ContainerARN: containerArn(scope, task.cluster, task.id, container.id),
    ...(container.hasHealthCheck && { Health: { status: container.healthStatus } }),
    Networks: [
      {
        NetworkMode: "awsvpc",
        IPv4Addresses: [task.attachment.privateIp ?? network?.address],
        AttachmentIndex: 0,
        MACAddress: task.attachment.macAddress,
        PrivateDNSName: task.attachment.privateDnsName,
      },
    ],
    Snapshotter: "overlayfs",
  };
}

function describeTask(run: TaskRun): Record<string, unknown> {
  const { scope, task } = run;
  const group = task.group.startsWith("service:") ? task.group.slice("service:".length) : undefined;
  return {
    Cluster: clusterArn(scope, task.cluster),
    TaskARN: taskArn(scope, task.cluster, task.id),
    Family: task.family,
    Revision: String(task.revision),
    ...(group !== undefined && { ServiceName: group }),
    DesiredStatus: task.desiredStatus,
    KnownStatus: task.lastStatus,
    Limits: { CPU: Number(task.cpu) / 1024, Memory: Number(task.memory) },
    PullStartedAt: timeOf(task.pullStartedMs),
    PullStoppedAt: timeOf(task.pullStoppedMs),
    AvailabilityZone: task.attachment.availabilityZone,
    LaunchType: "FARGATE",
    Containers: task.containers.map(({ runtimeId }) => describeContainer(run, runtimeId)),
  };
}

/** What is measured: CPU and memory of the container's processes. Network and disk are not, and are left out. */
function stats({ task, containers, scope }: TaskRun, runtimeId: string): Record<string, unknown> | null {
  const container = task.containers.find((each) => each.runtimeId === runtimeId)!;
  const usage = containers.get(container.name)?.usage();
  if (!usage) return null;
  return {
    read: new Date(scope.cloud.world.clock.nowMs()).toISOString(),
    name: container.name,
    id: runtimeId,
    cpu_stats: { cpu_usage: { total_usage: Math.round(usage.cpuSeconds * 1e9) } },
    memory_stats: { usage: usage.residentBytes, limit: (container.memory ?? Number(task.memory)) * 1024 * 1024 },
  };
}
