/**
 * A task's life, from PROVISIONING to STOPPED: network, images, secrets, logs, containers in the order of their dependencies, then
 * whatever ends it. One truth: what the record says is what runs; a record that says RUNNING has a process in this cloud.
 */
import type { ContainerDefinition } from "@aws-sdk/client-ecs";
import { AwsError } from "../../aws-error.ts";
import { type Credentials, issueRoleCredentials, revokeCredentials } from "../../identity/credentials.ts";
import { type RunningContainer, startContainer } from "../../runtime/tasks/container.ts";
import { containerEnvironment, type TaskPlace } from "../../runtime/tasks/environment.ts";
import { healthCommand, watchHealth } from "../../runtime/tasks/health-check.ts";
import { resolveImage, type RunnableImage } from "../../runtime/tasks/image.ts";
import type { LogDriver } from "../../runtime/tasks/log-driver.ts";
import { readSecrets } from "../../runtime/tasks/secrets.ts";
import { SourceImageError } from "../../runtime/tasks/source-image.ts";
import { TaskFailure } from "../../runtime/tasks/task-failure.ts";
import { assumeTaskRole, type RolePrincipal } from "../../runtime/tasks/task-role.ts";
import type { Call } from "../../service.ts";
import { commandOf, localAddresses, overrideOf, refuseUnserved, taskHealth, variables } from "./container-command.ts";
import { openContainerLog } from "./container-log.ts";
import type { Scope } from "./names.ts";
import { saveTask, type StopCode, type TaskRecord, type TaskStatus } from "./task.ts";
import { findTaskDefinition } from "./task-definition.ts";
import { attachNetwork, detachNetwork, hostsFile, type TaskNetwork } from "./task-network.ts";
import { forgetLater } from "./retention.ts";
import { writeHosts } from "./hosts.ts";

export interface TaskRun {
  readonly scope: Scope;
  /** As it is now; the store has the same. */
  readonly task: TaskRecord;
  readonly network: TaskNetwork | undefined;
  readonly containers: ReadonlyMap<string, RunningContainer>;
  /** What the credentials route asks for. */
  readonly credentialsToken: string | undefined;
  /** The task role's credentials, fresh for a while. */
  credentials(): Required<Credentials> | undefined;
  /** Begins to stop it, once; `limitMs` bounds every container's stop timeout. */
  stop(reason: string, code: StopCode, limitMs?: number): void;
  /** Resolves when it is STOPPED. Never rejects. */
  readonly stopped: Promise<void>;
}

const runsKey = Symbol("ecs task runs");
const credentialSeconds = 6 * 3600;
const renewBeforeMs = 3_600_000;
const defaultStopSeconds = 30;
const defaultStartSeconds = 180;
const memoryCheckMs = 1_000;

/** The tasks that run in this cloud now, by id. */
export function taskRuns(cloud: Scope["cloud"]): Map<string, TaskRun> {
  return cloud.memory(runsKey, () => new Map<string, TaskRun>());
}

class Stopped extends Error {}

/** Brings a task that was just written down to life; `changed` is told of every step. */
export function startTask(scope: Scope, task: TaskRecord, changed: () => void = () => {}): TaskRun {
  const { cloud, region } = scope;
  const { clock, random, disk } = cloud.world;
  const containers = new Map<string, RunningContainer>();
  const images = new Map<string, RunnableImage>();
  const logs = new Map<string, LogDriver>();
  const definition = findTaskDefinition(scope, `${task.family}:${task.revision}`)!.definition;
  const taskRoleArn = task.overrides.taskRoleArn ?? definition.taskRoleArn;
  const executionRoleArn = task.overrides.executionRoleArn ?? definition.executionRoleArn;
  const credentialsToken = taskRoleArn === undefined ? undefined : random.hex(64);
  const folder = disk.path("tasks", task.id);
  const stopWatching: (() => void)[] = [];
  const abort = new AbortController();
  let network: TaskNetwork | undefined;
  let taskRole: RolePrincipal | undefined;
  let credentials: Required<Credentials> | undefined;
  let stopLimitMs = Number.POSITIVE_INFINITY;
  let stopping = false;

  const save = (change: Partial<TaskRecord> = {}) => {
    Object.assign(task, change);
    saveTask(scope, task);
    changed();
  };
  const become = (lastStatus: TaskStatus, change: Partial<TaskRecord> = {}) => save({ ...change, lastStatus });
  const record = (name: string) => task.containers.find((container) => container.name === name)!;
  const goOn = () => {
    if (stopping) throw new Stopped();
  };
  const untilStopped = new Promise<never>((_, fail) => {
    abort.signal.addEventListener("abort", () => fail(new Stopped()), { once: true });
  });
  untilStopped.catch(() => {});

  const stop = (reason: string, code: StopCode, limitMs = Number.POSITIVE_INFINITY) => {
    stopLimitMs = Math.min(stopLimitMs, limitMs);
    if (stopping) return;
    stopping = true;
    save({ desiredStatus: "STOPPED", stoppedReason: reason, stopCode: code, stoppingMs: clock.nowMs() });
    abort.abort();
  };

  const provision = async () => {
    const ports = definition.containerDefinitions.flatMap(({ portMappings = [] }) =>
      portMappings.flatMap(({ containerPort }) => containerPort ?? []),
    );
    network = await attachNetwork(scope, task, [...new Set(ports)]);
    goOn();
    await disk.files.mkdir(folder, { recursive: true, mode: 0o700 });
    await writeHosts(cloud);
    become("PENDING", { connectivityMs: clock.nowMs() });
  };

  /** What containers need before they start: roles, images, secrets, logs. */
  const prepare = async (): Promise<Map<string, Record<string, string>>> => {
    const unassumable = (role: string, error: unknown) =>
      new TaskFailure(
        `ResourceInitializationError: ECS was unable to assume the role '${role}' that was provided for this task: ${error instanceof AwsError ? error.message : String(error)}`,
      );
    const assume = (role: string | undefined) => {
      if (role === undefined) return undefined;
      try {
        return assumeTaskRole(cloud, role, task.id, region);
      } catch (error) {
        throw unassumable(role, error);
      }
    };
    const execution = assume(executionRoleArn);
    taskRole = assume(taskRoleArn);
    const callIn = execution && ((home: string): Call => cloud.as(execution, home));
    goOn();
    save({ pullStartedMs: clock.nowMs() });
    for (const { name, image } of definition.containerDefinitions) {
      const found = await resolveImage(cloud, image!, callIn);
      images.set(name!, found);
      if (found.digest !== undefined) record(name!).imageDigest = found.digest;
      goOn();
    }
    save({ pullStoppedMs: clock.nowMs() });
    const environments = new Map<string, Record<string, string>>();
    for (const container of definition.containerDefinitions) {
      refuseUnserved(container);
      const secrets = (container.secrets ?? []).map(({ name, valueFrom }) => ({ name: name!, valueFrom: valueFrom! }));
      const values = await readSecrets(secrets, region, callIn);
      goOn();
      environments.set(container.name!, {
        ...variables(container.environment),
        ...values,
        ...variables(overrideOf(task, container)?.environment),
      });
      logs.set(container.name!, await openContainerLog(cloud, task.id, container, callIn));
      goOn();
    }
    return environments;
  };

  const startOne = async (container: ContainerDefinition, own: Record<string, string>) => {
    const name = container.name!;
    const image = images.get(name)!;
    const place: TaskPlace = {
      taskId: task.id,
      region,
      address: network!.address,
      ports: network!.ports,
      folder,
      hostsFile: hostsFile(cloud),
      hostname: task.attachment.privateDnsName ?? network!.address,
      credentialsToken,
    };
    const env = await containerEnvironment(cloud, place, image, own, record(name).runtimeId);
    goOn();
    let cwd = image.workingDirectory;
    try {
      if (container.workingDirectory !== undefined) cwd = image.folder(container.workingDirectory);
    } catch (error) {
      if (error instanceof SourceImageError) throw new TaskFailure(`CannotStartContainerError: ${error.message}`, name);
      throw error;
    }
    const running = startContainer(cloud, { command: commandOf(task, container, image), env, cwd, logs: logs.get(name)! });
    containers.set(name, running);
    const ended = async () => {
      const { exitCode, reason } = await running.exited;
      Object.assign(record(name), {
        lastStatus: "STOPPED",
        ...(exitCode !== undefined && { exitCode }),
        ...(reason !== undefined && { reason }),
      });
      save();
      if (container.essential === false) return;
      if (exitCode === undefined) stop(reason!, "TaskFailedToStart");
      else stop("Essential container in task exited", "EssentialContainerExited");
    };
    const end = ended();
    if (running.failedToStart) {
      await end;
      if (container.essential !== false) throw new Stopped();
      return;
    }
    record(name).lastStatus = "RUNNING";
    save();
    watch(container, running);
  };

  const watch = (container: ContainerDefinition, running: RunningContainer) => {
    const command = healthCommand(container.healthCheck?.command ?? []);
    if (!command) return;
    const { interval = 30, timeout = 5, retries = 3, startPeriod = 0 } = container.healthCheck!;
    const localized = command.map((part) => localAddresses(part, network!));
    const end = watchHealth(
      cloud,
      { command: localized, intervalSeconds: interval, timeoutSeconds: timeout, retries, startPeriodSeconds: startPeriod },
      (timeoutMs) => running.probe(localized, timeoutMs),
      (health) => {
        record(container.name!).healthStatus = health;
        save({ healthStatus: taskHealth(task.containers, definition.containerDefinitions) });
      },
    );
    stopWatching.push(end);
    void running.exited.then(end);
  };

  /** Starts every container as soon as those it depends on are where it wants them. */
  const startAll = async (environments: Map<string, Record<string, string>>) => {
    const started = new Map<string, Promise<void>>();
    const byName = new Map(definition.containerDefinitions.map((container) => [container.name!, container]));
    const begin = (name: string): Promise<void> => {
      const found = started.get(name);
      if (found) return found;
      const container = byName.get(name)!;
      const beginning = (async () => {
        for (const { containerName, condition } of container.dependsOn ?? []) {
          await begin(containerName!);
          await reaches(containerName!, condition!, byName.get(containerName!)!.startTimeout ?? defaultStartSeconds);
          goOn();
        }
        await startOne(container, environments.get(name)!);
      })();
      started.set(name, beginning);
      return beginning;
    };
    const all = Promise.all([...byName.keys()].map(begin));
    all.catch(() => {});
    await Promise.race([all, untilStopped]);
  };

  const reaches = async (name: string, condition: string, timeoutSeconds: number) => {
    const failure = (why: string) => new TaskFailure(`TaskFailedToStart: container ${name} did not reach ${condition}: ${why}`, name);
    if (condition === "START") return;
    const running = containers.get(name);
    if (!running) throw failure("it was not started");
    const late = new Promise<never>((_, fail) => {
      stopWatching.push(clock.after(timeoutSeconds * 1000, () => fail(failure(`it took longer than ${timeoutSeconds} seconds`))));
    });
    late.catch(() => {});
    if (condition === "HEALTHY") {
      const healthy = (async () => {
        for (;;) {
          const { healthStatus } = record(name);
          if (healthStatus === "HEALTHY") return;
          if (healthStatus === "UNHEALTHY") throw failure("it is unhealthy");
          if (record(name).lastStatus === "STOPPED") throw failure("it has ended");
          await clock.sleep(100, abort.signal);
        }
      })();
      healthy.catch(() => {});
      await Promise.race([healthy, late, untilStopped]);
      return;
    }
    const { exitCode } = await Promise.race([running.exited, late, untilStopped]);
    if (condition === "SUCCESS" && exitCode !== 0) throw failure(`it ended with code ${exitCode}`);
  };

  /** Memory is the task's limit, and each container's own where it has one (Fargate's out-of-memory kill). */
  const watchMemory = () => {
    const check = () => {
      const limitBytes = Number(task.memory) * 1024 * 1024;
      const used = [...containers].map(([name, running]) => ({ name, running, bytes: running.usage()?.residentBytes ?? 0 }));
      const total = used.reduce((sum, { bytes }) => sum + bytes, 0);
      const largest = used.toSorted((a, b) => b.bytes - a.bytes)[0];
      if (largest && total > limitBytes) largest.running.killForMemory();
      for (const { name, running, bytes } of used) {
        const own = record(name).memory;
        if (own !== undefined && bytes > own * 1024 * 1024) running.killForMemory();
      }
      cancel = clock.after(memoryCheckMs, check);
    };
    let cancel = clock.after(memoryCheckMs, check);
    stopWatching.push(() => cancel());
  };

  const tearDown = async () => {
    for (const end of stopWatching) end();
    become("DEACTIVATING");
    become("STOPPING");
    // Those that others depend on go last.
    const remaining = new Set(containers.keys());
    while (remaining.size > 0) {
      const needed = new Set(
        definition.containerDefinitions
          .filter(({ name }) => remaining.has(name!))
          .flatMap(({ dependsOn = [] }) => dependsOn.map(({ containerName }) => containerName!)),
      );
      const free = [...remaining].filter((name) => !needed.has(name));
      await Promise.all(
        free.map((name) => {
          remaining.delete(name);
          const seconds = definition.containerDefinitions.find((each) => each.name === name)!.stopTimeout ?? defaultStopSeconds;
          return containers.get(name)!.stop(() => Math.min(seconds * 1000, stopLimitMs));
        }),
      );
    }
    for (const container of task.containers) container.lastStatus = "STOPPED";
    for (const driver of logs.values()) await driver.close();
    become("DEPROVISIONING", { executionStoppedMs: clock.nowMs() });
    if (credentials) revokeCredentials(cloud, credentials.accessKeyId);
    await detachNetwork(scope, task);
    await disk.files.rm(folder, { recursive: true, force: true });
    network = undefined;
    await writeHosts(cloud);
  };

  const live = async () => {
    try {
      await provision();
      const environments = await prepare();
      watchMemory();
      await startAll(environments);
      become("ACTIVATING");
      become("RUNNING", { startedMs: clock.nowMs() });
      await untilStopped;
    } catch (error) {
      if (error instanceof Stopped) {
        // The reason was noted when the stop began.
      } else if (error instanceof TaskFailure) {
        if (error.container !== undefined) record(error.container).reason = error.message;
        stop(error.message, "TaskFailedToStart");
      } else {
        console.error(`ecs: task ${task.id} could not be started:`, error);
        stop(`InternalError: ${error instanceof Error ? error.message : String(error)}`, "TaskFailedToStart");
      }
    }
    try {
      await tearDown();
    } catch (error) {
      console.error(`ecs: task ${task.id} was not cleared away whole:`, error);
    }
    taskRuns(cloud).delete(task.id);
    become("STOPPED", { stoppedMs: clock.nowMs(), desiredStatus: "STOPPED" });
    forgetLater(scope, task);
  };

  const run: TaskRun = {
    scope,
    task,
    get network() {
      return network;
    },
    containers,
    credentialsToken,
    credentials() {
      if (!taskRole) return undefined;
      if (!credentials || credentials.expiresMs - clock.nowMs() < renewBeforeMs) {
        credentials = issueRoleCredentials(cloud, taskRole, credentialSeconds);
      }
      return credentials;
    },
    stop,
    stopped: Promise.resolve().then(live),
  };
  taskRuns(cloud).set(task.id, run);
  return run;
}
