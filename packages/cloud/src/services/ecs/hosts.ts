/**
 * The hosts files of running tasks. Every task: the private DNS name of each, and the names of Route 53's zones that lead to this machine, for Node
 * (runtime/tasks/preload.cjs). Tasks that joined a namespace of Service Connect: its names besides, and an `/etc/hosts` of their own, for all other programs.
 */
import { join } from "node:path";
import type { Cloud } from "../../cloud.ts";
import { onPublicNamesChange } from "../../runtime/dns/public-names.ts";
import { zoneLines } from "../../runtime/dns/zone-lines.ts";
import { onMovedPortsChange } from "../../runtime/moved-ports.ts";
import { taskRuns } from "./task-run.ts";

export interface NamedAddress {
  region: string;
  namespace: string;
  name: string;
  /** What callers call, and what listens for it at the address. */
  port: number;
  address: string;
  listens: number;
}

interface Held {
  last: Promise<void>;
  names: readonly NamedAddress[];
  /** The namespaces that tasks have joined in this life of the cloud. */
  joined: Map<string, { region: string; namespace: string }>;
}

const writing = Symbol("ecs hosts file");
const held = (cloud: Cloud): Held => cloud.memory(writing, () => ({ last: Promise.resolve(), names: [], joined: new Map() }));

/** Writes them anew; one writer after another, so that the last state stays. `names` are those of Service Connect, where they changed. */
export function writeHosts(cloud: Cloud, names?: readonly NamedAddress[]): Promise<void> {
  const state = held(cloud);
  if (names) state.names = names;
  state.last = state.last.catch(() => {}).then(() => write(cloud, state));
  return state.last;
}

/** The files of tasks that join a namespace, written by the time they are answered. */
export async function joinNamespace(cloud: Cloud, region: string, namespace: string): Promise<{ forNode: string; forAll: string }> {
  const state = held(cloud);
  const key = JSON.stringify([region, namespace]);
  if (!state.joined.has(key)) {
    state.joined.set(key, { region, namespace });
    await writeHosts(cloud);
  } else await state.last;
  return filesOf(cloud, region, namespace);
}

function filesOf(cloud: Cloud, region: string, namespace: string): { forNode: string; forAll: string } {
  const folder = cloud.world.disk.path("tasks", "namespaces", `${region}.${encodeURIComponent(namespace).replaceAll(".", "%2E")}`);
  return { forNode: join(folder, "names"), forAll: join(folder, "hosts") };
}

async function write(cloud: Cloud, { names, joined }: Held): Promise<void> {
  const { disk } = cloud.world;
  const tasks = [...taskRuns(cloud).values()].flatMap(({ task, network }) =>
    network && task.attachment.privateDnsName !== undefined ? [`${network.address} ${task.attachment.privateDnsName}`] : [],
  );
  const zones = zoneLines(cloud);
  await disk.replaceFile(hostsFile(cloud), text([...tasks, ...zones]));
  for (const { region, namespace } of joined.values()) {
    const own = names.filter((each) => each.region === region && each.namespace === namespace);
    const lines = own.map(({ address, name, port, listens }) => `${address} ${name}${port === listens ? "" : ` # ${port}=${listens}`}`);
    const { forNode, forAll } = filesOf(cloud, region, namespace);
    await disk.replaceFile(forNode, text([...tasks, ...lines, ...zones]));
    const machine = await disk.files.readFile("/etc/hosts", "utf8").catch(() => "127.0.0.1 localhost\n::1 localhost\n");
    await writeInPlace(cloud, forAll, `${machine.trimEnd()}\n${text([...lines, ...zones])}`);
  }
}

const text = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join("");

/** A file that is mounted has to stay the same file. One write, so that whoever reads meanwhile finds whole lines. */
async function writeInPlace(cloud: Cloud, path: string, content: string): Promise<void> {
  const { files } = cloud.world.disk;
  const file = await files.open(path, "r+").catch(() => files.open(path, "w"));
  try {
    const bytes = Buffer.from(content);
    await file.write(bytes, 0, bytes.byteLength, 0);
    await file.truncate(bytes.byteLength);
  } finally {
    await file.close();
  }
}

/** Where Node programs of tasks look up the private names of other tasks. */
export function hostsFile(cloud: Cloud): string {
  return cloud.world.disk.path("tasks", "hosts");
}

/** At a start: what zones and load balancers change is written anew, as long as there is a task to read it. */
export function keepHosts(cloud: Cloud): void {
  const rewrite = () => {
    if (taskRuns(cloud).size === 0) return;
    writeHosts(cloud).catch((error: unknown) => console.error("ecs: the hosts file was not written:", error));
  };
  onPublicNamesChange(cloud, rewrite);
  onMovedPortsChange(cloud, rewrite);
}
