/** The database behind a proxy: where it is now, how many connections it takes, and how it is. */
import type { Output } from "../../../aws.ts";
import type { Cloud } from "../../../cloud.ts";
import { openServerConnection } from "../../../runtime/postgres/pooler/server-connection.ts";
import { type Cluster } from "../aurora/cluster.ts";
import { membersOf, readersOf, writerOf } from "../aurora/members.ts";
import { type Instance, instances } from "../instance.ts";
import { defaultMaxConnections } from "../instance-classes.ts";
import { arnOf } from "../names.ts";
import { parameterGroups } from "../parameter-group.ts";
import { clusterOf } from "../work.ts";
import { credentialsOf } from "./credentials.ts";
import type { Proxy, TargetRole } from "./proxy.ts";

export type TargetShape = NonNullable<NonNullable<Output<"rds", "DescribeDBProxyTargets">["Targets"]>[number]>;

const instanceOf = (cloud: Cloud, region: string, resourceId: string): Instance | undefined =>
  instances(cloud)
    .list(region)
    .find((each) => each.resourceId === resourceId);

/** Where connections of that role go. A cluster's endpoints lead on to whoever is the writer, or to the readers in turn. */
export function addressFor(
  cloud: Cloud,
  region: string,
  { targets }: Proxy,
  role: TargetRole,
): { address: string; port: number } | undefined {
  for (const { kind, resourceId } of targets) {
    if (kind === "cluster") {
      const cluster = clusterOf(cloud, region, resourceId);
      if (!cluster) continue;
      if (role === "READ_WRITE") return cluster.endpoint;
      return readersOf(cloud, region, cluster).length > 0 ? cluster.readerEndpoint : undefined;
    }
    const instance = instanceOf(cloud, region, resourceId);
    if (instance?.address && role === "READ_WRITE") return { address: instance.address, port: instance.listeningPort! };
  }
  return undefined;
}

/** How many connections the database takes; 0 while there is none. */
export function connectionsTaken(cloud: Cloud, region: string, { targets }: Proxy, role: TargetRole): number {
  for (const { kind, resourceId } of targets) {
    if (kind === "cluster") {
      const cluster = clusterOf(cloud, region, resourceId);
      if (!cluster) continue;
      const writer = writerOf(cloud, region, cluster);
      const serving = role === "READ_WRITE" ? (writer ? [writer] : []) : readersOf(cloud, region, cluster);
      return serving.reduce((sum, { member }) => sum + (member.maxConnections ?? 0), 0);
    }
    const instance = instanceOf(cloud, region, resourceId);
    if (!instance) continue;
    const given = Number(parameterGroups(cloud).get(region, instance.settings.parameterGroup)?.values.max_connections?.value);
    return Number.isInteger(given) ? given : defaultMaxConnections(instance.settings.instanceClass);
  }
  return 0;
}

/** Each target as RDS describes it, a cluster followed by its instances; its health by a login that is really tried. */
export async function describeTargets(cloud: Cloud, region: string, account: string, proxy: Proxy): Promise<TargetShape[]> {
  const found: TargetShape[] = [];
  for (const { kind, resourceId } of proxy.targets) {
    const cluster = kind === "cluster" ? clusterOf(cloud, region, resourceId) : undefined;
    if (cluster) {
      found.push(clusterTarget(region, account, cluster));
      for (const member of membersOf(cloud, region, cluster)) {
        const role = member.resourceId === cluster.writer ? "READ_WRITE" : "READ_ONLY";
        found.push({
          ...instanceTarget(region, account, member, role),
          TrackedClusterId: cluster.identifier,
          TargetHealth: await healthOf(cloud, region, proxy, member),
        });
      }
    }
    const instance = kind === "instance" ? instanceOf(cloud, region, resourceId) : undefined;
    if (instance) {
      const health = await healthOf(cloud, region, proxy, instance);
      found.push({ ...instanceTarget(region, account, instance, "READ_WRITE"), TargetHealth: health });
    }
  }
  return found;
}

export function clusterTarget(region: string, account: string, { identifier, settings }: Cluster): TargetShape {
  return {
    TargetArn: arnOf({ region, account }, "cluster", identifier),
    RdsResourceId: identifier,
    Port: settings.port,
    Type: "TRACKED_CLUSTER",
  };
}

export function instanceTarget(region: string, account: string, instance: Instance, role: TargetRole): TargetShape {
  return {
    TargetArn: arnOf({ region, account }, "db", instance.identifier),
    ...(instance.address && { Endpoint: instance.address }),
    RdsResourceId: instance.identifier,
    Port: instance.settings.port,
    Type: "RDS_INSTANCE",
    Role: role,
  };
}

type Health = NonNullable<TargetShape["TargetHealth"]>;

async function healthOf(
  cloud: Cloud,
  region: string,
  proxy: Proxy,
  { address, listeningPort, status, databaseName }: Instance,
): Promise<Health> {
  const unavailable = (Reason: NonNullable<Health["Reason"]>, Description: string): Health => ({
    State: "UNAVAILABLE",
    Reason,
    Description,
  });
  const [first] = await credentialsOf(cloud, region, proxy);
  if (!first) return unavailable("AUTH_FAILURE", "Proxy does not have any registered credentials");
  if (status === "creating")
    return { State: "REGISTERING", Reason: "PENDING_PROXY_CAPACITY", Description: "DBProxy Target is waiting for the DB instance" };
  if (!address || ["stopped", "stopping", "deleting", "failed"].includes(status)) {
    return unavailable("UNREACHABLE", "DBProxy Target unavailable due to the state of the DB instance");
  }
  const { username: user, password } = first;
  try {
    const login = { address, port: listeningPort!, user, password, database: databaseName ?? "postgres" };
    (await openServerConnection(login, AbortSignal.any([cloud.stopping, AbortSignal.timeout(healthPatienceMs)]))).destroy();
    return { State: "AVAILABLE" };
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    const refused = typeof code === "string" && code.startsWith("28");
    return unavailable(refused ? "AUTH_FAILURE" : "CONNECTION_FAILED", (error as Error).message);
  }
}

const healthPatienceMs = 5000;
