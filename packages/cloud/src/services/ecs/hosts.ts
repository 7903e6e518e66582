/** The hosts file of running tasks: the private DNS name of each, with its address on this machine. */
import type { Cloud } from "../../cloud.ts";
import { taskRuns } from "./task-run.ts";
import { hostsFile } from "./task-network.ts";

const writing = Symbol("ecs hosts file");

/** Writes it anew; one writer after another, so that the last state stays. */
export function writeHosts(cloud: Cloud): Promise<void> {
  const held = cloud.memory(writing, () => ({ last: Promise.resolve() }));
  held.last = held.last
    .catch(() => {})
    .then(() => {
      const lines = [...taskRuns(cloud).values()].flatMap(({ task, network }) =>
        network && task.attachment.privateDnsName !== undefined ? [`${network.address} ${task.attachment.privateDnsName}`] : [],
      );
      return cloud.world.disk.replaceFile(hostsFile(cloud), `${lines.join("\n")}\n`);
    });
  return held.last;
}
