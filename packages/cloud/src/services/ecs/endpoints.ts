/**
 * The endpoints of Service Connect while the cloud runs: for each published name an address of its own, at which connections go in turn to
 * the tasks that run; the hosts files in which the names stand; and the instances in Cloud Map.
 */
import type { Cloud } from "../../cloud.ts";
import { AwsError } from "../../aws-error.ts";
import { servicePrincipal } from "../../identity/principal.ts";
import { claimAddress, releaseAddress } from "../../runtime/addresses.ts";
import { type ConnectionSpread, type Destination, spreadConnections } from "../../runtime/connection-spread.ts";
import { type NamedAddress, writeHosts } from "./hosts.ts";
import type { PublishedPort } from "./service-connect.ts";
import { allServices, primaryOf, type ServiceRecord } from "./service.ts";
import { type TaskRun, taskRuns } from "./task-run.ts";

interface Endpoint extends NamedAddress {
  spread: ConnectionSpread;
}

interface Held {
  endpoints: Map<string, Endpoint>;
  /** By discovery service and task: what Cloud Map knows. */
  instances: Map<string, { region: string; service: string; instance: string }>;
  last: Promise<void>;
}

const key = Symbol("service connect endpoints");
const held = (cloud: Cloud): Held => cloud.memory(key, () => ({ endpoints: new Map(), instances: new Map(), last: Promise.resolve() }));

interface Published {
  region: string;
  service: ServiceRecord;
  namespace: string;
  port: PublishedPort;
}

function published(cloud: Cloud): Published[] {
  return allServices(cloud).flatMap(({ region, service }) => {
    const { connect } = primaryOf(service);
    if (service.status !== "ACTIVE" || !connect) return [];
    return connect.ports.map((port) => ({ region, service, namespace: connect.namespace.name, port }));
  });
}

/** The tasks of the service that are to get connections. */
function runsOf(cloud: Cloud, { region, service }: Published): TaskRun[] {
  return [...taskRuns(cloud).values()].filter(
    ({ task, scope, network }) =>
      network !== undefined &&
      scope.region === region &&
      task.cluster === service.cluster &&
      task.group === `service:${service.name}` &&
      task.lastStatus === "RUNNING" &&
      task.desiredStatus === "RUNNING" &&
      task.healthStatus !== "UNHEALTHY",
  );
}

function destinations(cloud: Cloud, one: Published): Destination[] {
  return runsOf(cloud, one).map(({ network }) => ({
    address: network!.address,
    port: network!.ports.get(one.port.containerPort) ?? one.port.containerPort,
  }));
}

/** Brings all of it to what the services say now; one after another, so that the last state stays. */
export function shareEndpoints(cloud: Cloud): Promise<void> {
  const state = held(cloud);
  state.last = state.last.catch(() => {}).then(() => share(cloud, state));
  return state.last;
}

async function share(cloud: Cloud, { endpoints, instances }: Held): Promise<void> {
  const all = published(cloud);
  const wanted = new Map(all.flatMap((one) => (one.port.alias ? [[idOf(one), one] as const] : [])));
  let changed = false;
  for (const [id, { spread }] of endpoints) {
    if (wanted.has(id)) continue;
    endpoints.delete(id);
    await spread.close();
    releaseAddress(cloud, `service-connect/${id}`);
    changed = true;
  }
  for (const [id, one] of wanted) {
    if (endpoints.has(id)) continue;
    const { name, port } = one.port.alias!;
    const at = await claimAddress(cloud, `service-connect/${id}`, port);
    // By the name's own record: a new deployment may publish another container port.
    const now = () => published(cloud).find((each) => each.port.alias && idOf(each) === id);
    const spread = await spreadConnections(at, () => {
      const found = now();
      return found ? destinations(cloud, found) : [];
    });
    endpoints.set(id, { region: one.region, namespace: one.namespace, name, port, address: at.address, listens: at.port, spread });
    changed = true;
  }
  await keepInstances(cloud, all, instances);
  if (changed) await writeHosts(cloud, namedAddresses(cloud));
}

const idOf = ({ region, namespace, port: { alias } }: Published) => `${region}/${namespace}/${alias!.name}:${alias!.port}`;

/** What the names stand for. */
export const namedAddresses = (cloud: Cloud): NamedAddress[] => [...held(cloud).endpoints.values()];

/** Each running task is an instance of what it publishes, as long as it runs. */
async function keepInstances(cloud: Cloud, all: readonly Published[], known: Held["instances"]): Promise<void> {
  const wanted = new Map(
    all.flatMap((one) => runsOf(cloud, one).map((run) => [`${one.port.discoveryArn} ${run.task.id}` as string, { one, run }] as const)),
  );
  const callIn = (region: string) => cloud.as(servicePrincipal(cloud.account, "ecs.amazonaws.com"), region);
  for (const [id, { region, service, instance }] of known) {
    if (wanted.has(id)) continue;
    known.delete(id);
    await callIn(region)("servicediscovery", "DeregisterInstance", { ServiceId: service, InstanceId: instance }).catch(unlessGone);
  }
  for (const [id, { one, run }] of wanted) {
    if (known.has(id)) continue;
    const { attachment, cluster } = run.task;
    const entry = { region: one.region, service: one.port.discoveryArn, instance: run.task.id };
    known.set(id, entry);
    await callIn(one.region)("servicediscovery", "RegisterInstance", {
      ServiceId: entry.service,
      InstanceId: entry.instance,
      Attributes: {
        AWS_INSTANCE_IPV4: attachment.privateIp!,
        AWS_INSTANCE_PORT: String(one.port.containerPort),
        AVAILABILITY_ZONE: attachment.availabilityZone!,
        ECS_CLUSTER_NAME: cluster,
        ECS_SERVICE_NAME: one.service.name,
      },
    }).catch(unlessGone);
  }
}

/** Somebody may have deleted the service in Cloud Map: the tasks are reached all the same. */
function unlessGone(error: unknown): void {
  if (!(error instanceof AwsError)) throw error;
}

/** Instances of tasks that a killed cloud left in Cloud Map. */
export async function forgetInstances(cloud: Cloud): Promise<void> {
  for (const one of published(cloud)) {
    const call = cloud.as(servicePrincipal(cloud.account, "ecs.amazonaws.com"), one.region);
    const found = await call("servicediscovery", "ListInstances", { ServiceId: one.port.discoveryArn }).catch(unlessGone);
    for (const { Id } of found?.Instances ?? []) {
      await call("servicediscovery", "DeregisterInstance", { ServiceId: one.port.discoveryArn, InstanceId: Id! }).catch(unlessGone);
    }
  }
}

export async function closeEndpoints(cloud: Cloud): Promise<void> {
  const { endpoints, last } = held(cloud);
  await last.catch(() => {});
  await Promise.all([...endpoints.values()].map(({ spread }) => spread.close()));
  endpoints.clear();
}
