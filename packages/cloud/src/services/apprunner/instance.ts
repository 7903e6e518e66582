/** One instance of a service: its program as a process at an address of its own, with its role's credentials, its secrets and its log. */
import type { Cloud } from "../../cloud.ts";
import { AwsError } from "../../aws-error.ts";
import { type Credentials, issueRoleCredentials, revokeCredentials } from "../../identity/credentials.ts";
import { claimAddress, releaseAddress } from "../../runtime/addresses.ts";
import { type ContainerExit, startContainer } from "../../runtime/tasks/container.ts";
import { containerEnvironment } from "../../runtime/tasks/environment.ts";
import { openLogDriver } from "../../runtime/tasks/log-driver.ts";
import { readSecrets } from "../../runtime/tasks/secrets.ts";
import { TaskFailure } from "../../runtime/tasks/task-failure.ts";
import { removeTaskFolder } from "../../runtime/tasks/task-folder.ts";
import { assumeTaskRole } from "../../runtime/tasks/task-role.ts";
import type { Usage } from "../../world.ts";
import { DeploymentFailure } from "./deployment-failure.ts";
import { hostsFile, writeHosts } from "./hosts.ts";
import { pull } from "./image.ts";
import { listening } from "./listening.ts";
import { asAppRunner, type Scope, tasksPrincipal } from "./names.ts";
import type { ServiceConfiguration, ServiceRecord } from "./service.ts";
import { groupOf } from "./service-log.ts";
import { wordsOf } from "./start-command.ts";

export interface Instance {
  readonly id: string;
  readonly serviceArn: string;
  readonly address: string;
  /** Where it is reached there; the port of the configuration, or the one that stands for it. */
  readonly port: number;
  readonly image: string;
  readonly startedMs: number;
  /** How its program ended. Never rejects. */
  readonly exited: Promise<ContainerExit>;
  readonly credentialsToken: string | undefined;
  /** Its role's, fresh for a while. */
  credentials(): Required<Credentials> | undefined;
  usage(): Usage | undefined;
  /** SIGTERM, and SIGKILL after the time that `limitMs` gives. Resolves when nothing of it is left. */
  stop(limitMs?: () => number): Promise<void>;
}

export const reservedPrefix = "AWSAPPRUNNER";

const stopMs = 30_000;
const memoryLookMs = 1_000;
const mebibyte = 1024 * 1024;
const credentialSeconds = 6 * 3600;
const renewBeforeMs = 3_600_000;
const addressPrefix = "apprunner-instance/";

const key = Symbol("apprunner instances");

/** The instances that run in this cloud now, by id. */
export const instances = (cloud: Cloud): Map<string, Instance> => cloud.memory(key, () => new Map<string, Instance>());

export interface InstanceRequest {
  service: Pick<ServiceRecord, "arn" | "name" | "id">;
  configuration: ServiceConfiguration;
  /** By digest. */
  image: string;
}

/** Resolves when its program was started. Throws DeploymentFailure. */
export async function startInstance(scope: Scope, { service, configuration, image: reference }: InstanceRequest): Promise<Instance> {
  const { cloud, region } = scope;
  const { clock, disk, random } = cloud.world;
  const { ImageConfiguration: image = {} } = configuration.source.ImageRepository!;
  const id = random.hex(32);
  const wantedPort = Number(image.Port ?? 8080);
  const folder = disk.path("instances", id);
  const owner = `${addressPrefix}${id}`;
  const cleared = async () => {
    releaseAddress(cloud, owner);
    await removeTaskFolder(cloud, folder);
  };
  try {
    await listening(cloud);
    const role = configuration.instanceRoleArn;
    const principal = role === undefined ? undefined : assumeTaskRole(cloud, role, `AppRunner-${id.slice(0, 16)}`, region, tasksPrincipal);
    const { image: runnable } = await pull(scope, configuration, reference);
    const secrets = Object.entries(image.RuntimeEnvironmentSecrets ?? {}).map(([name, valueFrom]) => ({ name, valueFrom }));
    const values = await readSecrets(secrets, region, principal && ((home) => cloud.as(principal, home)));
    const claim = await claimAddress(cloud, owner, wantedPort);
    await disk.files.mkdir(folder, { recursive: true, mode: 0o700 });
    await writeHosts(cloud);
    const logs = await openLogDriver(cloud, asAppRunner(scope), {
      group: groupOf(service, "application"),
      stream: `instance/${id}`,
      createGroup: true,
    });
    const credentialsToken = principal && random.hex(64);
    // App Runner says itself on which port to listen, whatever the image says.
    const { PORT: _, ...imageEnv } = runnable.env;
    const env = await containerEnvironment(
      cloud,
      {
        taskId: id,
        answeredAt: "instances",
        region,
        address: claim.address,
        ports: new Map([[wantedPort, claim.port]]),
        folder,
        hostsFile: hostsFile(cloud),
        hostname: claim.address,
        credentialsToken,
      },
      { ...runnable, env: imageEnv },
      { ...image.RuntimeEnvironmentVariables, ...values },
      id,
    );
    const given = image.StartCommand === undefined ? runnable.command : wordsOf(image.StartCommand);
    const command = [...runnable.entrypoint, ...given].map((part) => runnable.localize(part));
    if (command.length === 0)
      throw new DeploymentFailure("Your application failed to start: no start command is given, and the image has none.");
    const container = startContainer(cloud, { command, env, cwd: runnable.workingDirectory, logs });
    let credentials: Required<Credentials> | undefined;
    const watch = () => {
      if ((container.usage()?.residentBytes ?? 0) > configuration.memoryMib * mebibyte) container.killForMemory();
      cancelWatch = clock.after(memoryLookMs, watch);
    };
    let cancelWatch = clock.after(memoryLookMs, watch);
    const end = async () => {
      await container.exited;
      cancelWatch();
      await logs.close();
      if (credentials) revokeCredentials(cloud, credentials.accessKeyId);
      instances(cloud).delete(id);
      await cleared();
    };
    const gone = end();
    // Who stops it waits for it; one that ends by itself has nobody who does.
    cloud.inBackground(`apprunner: clearing instance ${id} away`, gone);
    const instance: Instance = {
      id,
      serviceArn: service.arn,
      address: claim.address,
      port: claim.port,
      image: reference,
      startedMs: clock.nowMs(),
      exited: container.exited,
      credentialsToken,
      credentials() {
        if (!principal) return undefined;
        if (!credentials || credentials.expiresMs - clock.nowMs() < renewBeforeMs)
          credentials = issueRoleCredentials(cloud, principal, credentialSeconds);
        return credentials;
      },
      usage: () => container.usage(),
      async stop(limitMs = () => stopMs) {
        await container.stop(limitMs);
        await gone;
      },
    };
    instances(cloud).set(id, instance);
    return instance;
  } catch (error) {
    await cleared();
    if (error instanceof TaskFailure || error instanceof AwsError) throw new DeploymentFailure(error.message);
    throw error;
  }
}

/** Addresses and folders that a killed cloud left behind; its processes were ended already. */
export async function forgetInstances(cloud: Cloud): Promise<void> {
  const claims = cloud.store.collection("addresses");
  for (const { key: owner } of claims.entries("global", addressPrefix)) {
    claims.delete("global", owner);
    await removeTaskFolder(cloud, cloud.world.disk.path("instances", owner.slice(addressPrefix.length)));
  }
}
