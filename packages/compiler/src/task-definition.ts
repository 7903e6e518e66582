/** The task definition of a program. Source: aws-recipes §6. */
import { durationSeconds, fargateSize, type Declared } from "@plinth/language/reading";
import type { Duration } from "@plinth/language";
import type { Compilation } from "./compilation.ts";
import type { Environment } from "./environment.ts";
import type { BuiltFileSystem } from "./file-system.ts";
import type { BuiltImage } from "./image.ts";
import type { Named } from "./inventory.ts";
import { domainOf } from "./public-domain.ts";
import type { Roles } from "./roles.ts";
import type { Made, Value } from "./value.ts";

interface HealthCheck {
  Command: string[];
  Interval?: number;
  Timeout?: number;
  Retries?: number;
  StartPeriod?: number;
}

/** A folder in the container, and the files there. */
export interface Mount {
  readonly path: string;
  readonly to: BuiltFileSystem;
}

const defaultSize = "0.25 vCPU, 0.5 GB";

/** Old revisions stay, so that one can go back to them; the last one goes with its stack. */
const revisions = { DeletionPolicy: "Delete", UpdateReplacePolicy: "Retain" } as const;

export function buildTaskDefinition(
  compilation: Compilation,
  layer: "tasks" | "compute",
  named: Named<"service"> | Named<"task">,
  parts: {
    image: BuiltImage;
    environment: Environment;
    roles: Roles;
    logGroup: Made;
    mounts: readonly Mount[];
    connected: boolean;
    balanced: boolean;
  },
): Made {
  const { draft, stem } = compilation;
  const options: Declared<"service">["options"] | Declared<"task">["options"] = named.declared.options;
  const { image, environment, roles, logGroup, mounts, connected, balanced } = parts;
  const { cpu, memoryMib } = fargateSize(options.size ?? defaultSize) ?? { cpu: 256, memoryMib: 512 };
  const port = "port" in options ? options.port : undefined;
  // The name goes on pointing to a task that stops until its record has changed and been forgotten.
  const behindDomain = "public" in options && domainOf(options, compilation) !== undefined;
  const family = named.declared.kind === "task" ? (named.declared.options.name ?? `${stem}-${named.kebab}`) : `${stem}-${named.kebab}`;

  return draft.add(layer, `${named.id}TaskDefinition`, { ...compilation.origin(named), part: "TaskDefinition" }, (here) => {
    const variables = environment.variables(here);
    const secrets = environment.secrets(here);
    here.after(mounts.flatMap(({ to }) => to.mountTargets));
    const volumes = [...new Set(mounts.map(({ to }) => to))];
    return {
      Type: "AWS::ECS::TaskDefinition",
      ...revisions,
      Properties: {
        Family: family,
        RequiresCompatibilities: ["FARGATE"],
        NetworkMode: "awsvpc",
        Cpu: String(cpu),
        Memory: String(memoryMib),
        RuntimePlatform: {
          OperatingSystemFamily: "LINUX",
          CpuArchitecture: image.declared.options.platform === "linux/arm64" ? "ARM64" : "X86_64",
        },
        ExecutionRoleArn: here.take(roles.execution.attribute("Arn")),
        TaskRoleArn: here.take(roles.task.attribute("Arn")),
        ...(volumes.length > 0 && {
          Volumes: volumes.map(({ named: { kebab }, fileSystem, accessPoint }) => ({
            Name: kebab,
            EFSVolumeConfiguration: {
              FilesystemId: here.take(fileSystem.ref()),
              TransitEncryption: "ENABLED",
              // The access point says which folder: beside it none may be said here.
              AuthorizationConfig: { AccessPointId: here.take(accessPoint.ref()), IAM: "ENABLED" },
            },
          })),
        }),
        ContainerDefinitions: [
          {
            Name: named.kebab,
            Image: here.take(image.address),
            Essential: true,
            ...(options.command && { Command: [...options.command] }),
            ...(variables.length > 0 && { Environment: variables as { Name: string; Value: string }[] }),
            ...(secrets.length > 0 && { Secrets: secrets as { Name: string; ValueFrom: string }[] }),
            ...(port !== undefined && {
              PortMappings: [{ ContainerPort: port, Protocol: "tcp", ...(connected && { Name: "http" }) }],
            }),
            ...(mounts.length > 0 && {
              MountPoints: mounts.map(({ path, to }) => ({ ContainerPath: path, SourceVolume: to.named.kebab, ReadOnly: false })),
            }),
            ...healthCheck(options, port, balanced),
            ReadonlyRootFilesystem: !("exec" in options && options.exec === true) && (options.readOnlyRoot ?? true),
            LinuxParameters: { InitProcessEnabled: true },
            StopTimeout: durationSeconds(options.stopTimeout ?? (behindDomain ? "60 seconds" : "30 seconds")) ?? 30,
            LogConfiguration: {
              LogDriver: "awslogs",
              Options: {
                "awslogs-group": here.take(logGroup.ref()),
                "awslogs-region": { Ref: "AWS::Region" },
                "awslogs-stream-prefix": named.kebab,
              },
            },
            ...(environment.hasSecrets && { DockerLabels: { "plinth.secrets": here.take(secretVersions(named)) } }),
          },
        ],
      },
    };
  });
}

/** A new version of a secret makes a new revision and so rolls the program; a restart takes the current value. */
function secretVersions({ id, key }: { id: string; key: string }): Value {
  return {
    kind: "source",
    name: `${id}SecretVersions`,
    parameter: { Type: "String", Default: "none", Description: `A hash over the versions of the secrets of ${key}` },
    source: { from: "secret-versions", program: key },
  };
}

/**
 * The container's own health check. A path is asked with whatever the image has: wget, curl, or Node; behind a load balancer that
 * one asks it, from outside.
 */
function healthCheck(options: object, port: number | undefined, balanced: boolean): { HealthCheck?: HealthCheck } {
  const { health } = options as Declared<"service">["options"];
  if (health === undefined) return {};
  if (typeof health === "object" && "command" in health) {
    return { HealthCheck: { Command: ["CMD", ...health.command], ...timesOf(health, { every: 30, timeout: 5, retries: 3 }) } };
  }
  if (balanced) return {};
  const { path, ...times } = typeof health === "string" ? { path: health } : health;
  const timing = timesOf(times, { every: 10, timeout: 10, retries: 3 });
  // In the embedded cloud a task has an address of its own, which `HOST` holds; in a container it is unset.
  const url = `http://$h:${port}${path}`;
  const seconds = Math.max(1, Math.min(4, timing.Timeout - 1));
  const command = [
    `h=$HOST; test -n "$h" || h=127.0.0.1; wget -q -T ${seconds} -O /dev/null "${url}"`,
    `curl -fsS -m ${seconds} -o /dev/null "${url}"`,
    `node -e "fetch('${url}').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"`,
  ].join(" || ");
  return { HealthCheck: { Command: ["CMD-SHELL", command], ...timing } };
}

function timesOf(
  { every, timeout, retries, grace }: { every?: Duration; timeout?: Duration; retries?: number; grace?: Duration },
  defaults: { every: number; timeout: number; retries: number },
) {
  const seconds = (duration: Duration | undefined, otherwise: number): number => (duration && durationSeconds(duration)) ?? otherwise;
  return {
    Interval: seconds(every, defaults.every),
    Timeout: seconds(timeout, defaults.timeout),
    Retries: retries ?? defaults.retries,
    StartPeriod: seconds(grace, 60),
  };
}
