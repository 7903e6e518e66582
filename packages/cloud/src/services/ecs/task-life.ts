/**
 * A task's life, from PROVISIONING to STOPPED: network, images, secrets, logs, containers in the order of their dependencies, then
 * whatever ends it. One truth: what the record says is what runs; a record that says RUNNING has a process in this cloud.
 */
import type { ContainerDefinition } from "@aws-sdk/client-ecs";
import { type Credentials, issueRoleCredentials, revokeCredentials } from "../../identity/credentials.ts";
import { type RunningContainer, startContainer } from "../../runtime/tasks/container.ts";
import { containerEnvironment, type TaskPlace } from "../../runtime/tasks/environment.ts";
import { healthCommand, watchHealth } from "../../runtime/tasks/health-check.ts";
import type { LogDriver } from "../../runtime/tasks/log-driver.ts";
import { unlinkFolders } from "../../runtime/tasks/linked-folders.ts";
import { removeTaskFolder } from "../../runtime/tasks/task-folder.ts";
import { SourceImageError } from "../../runtime/tasks/source-image.ts";
import { TaskFailure } from "../../runtime/tasks/task-failure.ts";
import { viewOf } from "./container-view.ts";
import { connectAgent } from "./exec-agent.ts";
import { commandOf, localAddresses, taskHealth } from "./container-command.ts";
import { startInOrder, stopInOrder } from "./container-order.ts";
import { hostsFile, joinNamespace, writeHosts } from "./hosts.ts";
import type { Scope } from "./names.ts";
import { forgetLater } from "./retention.ts";
import { findService } from "./service.ts";
import { saveTask, type StopCode, type TaskRecord, type TaskStatus } from "./task.ts";
import { findTaskDefinition } from "./task-definition.ts";
import { watchMemory } from "./task-memory.ts";
import { attachNetwork, detachNetwork, type TaskNetwork } from "./task-network.ts";
import { type Prepared, prepare } from "./task-preparation.ts";
import { type TaskRun, taskRuns } from "./task-run.ts";
import { deregisterTask, drained } from "./task-targets.ts";

const credentialSeconds = 6 * 3600;
const renewBeforeMs = 3_600_000;
const defaultStopSeconds = 30;
const defaultStartSeconds = 180;

class Stopped extends Error {}

/** Brings a task that was just written down to life; `changed` is told of every step. */
export function startTask(scope: Scope, task: TaskRecord, changed: () => void = () => {}): TaskRun {
  const { cloud, region } = scope;
  const { clock, random, disk } = cloud.world;
  const containers = new Map<string, RunningContainer>();
  const logs = new Map<string, LogDriver>();
  const definition = findTaskDefinition(scope, `${task.family}:${task.revision}`)!.definition;
  const taskRoleArn = task.overrides.taskRoleArn ?? definition.taskRoleArn;
  const credentialsToken = taskRoleArn === undefined ? undefined : random.hex(64);
  const folder = disk.path("tasks", task.id);
  const stopWatching: (() => void)[] = [];
  const abort = new AbortController();
  const noDraining = new AbortController();
  let network: TaskNetwork | undefined;
  let prepared: Prepared | undefined;
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
    if (Number.isFinite(stopLimitMs)) noDraining.abort();
    if (stopping) return;
    stopping = true;
    save({ desiredStatus: "STOPPED", stoppedReason: reason, stopCode: code, stoppingMs: clock.nowMs() });
    abort.abort();
  };

  const provision = async () => {
    const ports = definition.containerDefinitions.flatMap(({ portMappings = [] }) =>
      portMappings.flatMap(({ containerPort }) => containerPort ?? []),
    );
    // The user of an access point is one of a user namespace, in which nobody has a right.
    const confined = (definition.volumes ?? []).some(
      ({ efsVolumeConfiguration: efs }) => efs?.authorizationConfig?.accessPointId !== undefined,
    );
    network = await attachNetwork(scope, task, [...new Set(ports)], { confined });
    goOn();
    await disk.files.mkdir(folder, { recursive: true, mode: 0o700 });
    await writeHosts(cloud);
    become("PENDING", { connectivityMs: clock.nowMs() });
  };

  /** The namespace of Service Connect that its service's deployment joins. */
  const namespaceOf = () => {
    const service = task.group.startsWith("service:") ? findService(scope, task.cluster, task.group.slice("service:".length)) : undefined;
    return service?.deployments.find(({ id }) => id === task.startedBy)?.connect?.namespace.name;
  };

  const startOne = async (container: ContainerDefinition, { images, environments, volumes }: Prepared) => {
    const name = container.name!;
    const image = images.get(name)!;
    const namespace = namespaceOf();
    const names = namespace === undefined ? undefined : await joinNamespace(cloud, region, namespace);
    const place: TaskPlace = {
      taskId: task.id,
      region,
      address: network!.address,
      ports: network!.ports,
      folder,
      hostsFile: names?.forNode ?? hostsFile(cloud),
      hostname: task.attachment.privateDnsName ?? network!.address,
      credentialsToken,
    };
    const env = await containerEnvironment(cloud, place, image, environments.get(name)!, record(name).runtimeId);
    goOn();
    let cwd = image.workingDirectory;
    try {
      if (container.workingDirectory !== undefined) cwd = image.folder(container.workingDirectory);
    } catch (error) {
      if (error instanceof SourceImageError) throw new TaskFailure(`CannotStartContainerError: ${error.message}`, name);
      throw error;
    }
    const { enclose, more } = await viewOf(scope, task, { container, definition, image, volumes, folder, hosts: names?.forAll });
    goOn();
    const command = commandOf(task, container, image);
    const running = startContainer(cloud, { command, env: { ...more, ...env }, cwd, logs: logs.get(name)!, enclose });
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
    if (task.enableExecuteCommand) {
      record(name).agentStartedMs = clock.nowMs();
      stopWatching.push(connectAgent(run, record(name), running));
    }
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

  const reaches = async (container: ContainerDefinition, condition: string) => {
    const name = container.name!;
    const timeoutSeconds = container.startTimeout ?? defaultStartSeconds;
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

  const tearDown = async () => {
    for (const end of stopWatching) end();
    become("DEACTIVATING");
    if (task.targets) {
      // Where the process has ended by itself, or all ends with the cloud, there is nothing to wait for.
      if (task.stopCode === "EssentialContainerExited" || Number.isFinite(stopLimitMs)) noDraining.abort();
      await deregisterTask(scope, task);
      save({ deregistered: true });
      await drained(scope, task, noDraining.signal);
    }
    become("STOPPING");
    await stopInOrder(
      definition.containerDefinitions.filter(({ name }) => containers.has(name!)),
      ({ name, stopTimeout = defaultStopSeconds }) => containers.get(name!)!.stop(() => Math.min(stopTimeout * 1000, stopLimitMs)),
    );
    for (const container of task.containers) container.lastStatus = "STOPPED";
    for (const driver of logs.values()) await driver.close();
    become("DEPROVISIONING", { executionStoppedMs: clock.nowMs() });
    if (credentials) revokeCredentials(cloud, credentials.accessKeyId);
    await detachNetwork(scope, task);
    await unlinkFolders(cloud, task.id);
    await removeTaskFolder(cloud, folder);
    network = undefined;
    await writeHosts(cloud);
  };

  const live = async () => {
    try {
      await provision();
      const found = await prepare(scope, task, definition, logs, folder, { record, save, goOn });
      prepared = found;
      stopWatching.push(watchMemory(cloud, task, containers));
      const all = startInOrder(
        definition.containerDefinitions,
        async (container, condition) => {
          await reaches(container, condition);
          goOn();
        },
        (container) => startOne(container, found),
      );
      all.catch(() => {});
      await Promise.race([all, untilStopped]);
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
    get taskRole() {
      return prepared?.taskRole;
    },
    credentials() {
      if (!prepared?.taskRole) return undefined;
      if (!credentials || credentials.expiresMs - clock.nowMs() < renewBeforeMs) {
        credentials = issueRoleCredentials(cloud, prepared.taskRole, credentialSeconds);
      }
      return credentials;
    },
    stop,
    stopped: Promise.resolve().then(live),
  };
  taskRuns(cloud).set(task.id, run);
  return run;
}
