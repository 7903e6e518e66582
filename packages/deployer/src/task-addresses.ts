/**
 * The public addresses of tasks' network interfaces, which last as long as the interface, kept beside the app: to ask EC2 for one takes a fifth of
 * a deploy in which nothing changes, most of it to load its client.
 */
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Aws } from "./aws.ts";

/** By the interface's id, the one found last at the end. Ids are never given twice. */
type Kept = Record<string, string>;

/** What several stages have at once, and no more of those that are gone. */
const keptAtMost = 50;

/** @param folder Plinth's own, beside the app @returns `undefined` where the interface has none, or is gone */
export async function publicAddress(aws: Aws, interfaceId: string, folder: string): Promise<string | undefined> {
  const file = join(folder, "task-addresses.json");
  const kept = await readKept(file);
  if (kept[interfaceId] !== undefined) return kept[interfaceId];
  const { NetworkInterfaces = [] } = await aws.call("ec2", "DescribeNetworkInterfaces", { NetworkInterfaceIds: [interfaceId] });
  const address = NetworkInterfaces[0]?.Association?.PublicIp;
  // Where it cannot be kept (a read-only folder, a full disk) the next command asks again.
  if (address) await keep(file, { ...kept, [interfaceId]: address }).catch(() => undefined);
  return address;
}

async function readKept(file: string): Promise<Kept> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as Kept;
  } catch {
    return {}; // there is none yet, or it is torn
  }
}

async function keep(file: string, addresses: Kept): Promise<void> {
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, JSON.stringify(Object.fromEntries(Object.entries(addresses).slice(-keptAtMost))));
  await rename(draft, file);
}
