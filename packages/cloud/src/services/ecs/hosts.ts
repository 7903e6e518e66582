/** The hosts file of running tasks: the private DNS name of each, and the names of Route 53's zones, with their addresses on this machine. */
import type { Cloud } from "../../cloud.ts";
import { loopbackNames, onPublicNamesChange } from "../../runtime/dns/public-names.ts";
import { movedPorts, onMovedPortsChange } from "../../runtime/moved-ports.ts";
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
      return cloud.world.disk.replaceFile(hostsFile(cloud), `${[...lines, ...zoneLines(cloud)].join("\n")}\n`);
    });
  return held.last;
}

/** Names that lead to this machine, each with the ports that stand for others there: `127.70.1.2 api.example.com # 443=40123`. */
function zoneLines(cloud: Cloud): string[] {
  return loopbackNames(cloud).map(({ name, address }) => {
    const moved = [...movedPorts(cloud, address)].map(([from, to]) => ` ${from}=${to}`).join("");
    return `${address} ${name}${moved === "" ? "" : ` #${moved}`}`;
  });
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
