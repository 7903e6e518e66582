/** The hosts file of instances: names of Route 53's zones that lead to this machine, for Node programs (runtime/tasks/preload.cjs). */
import type { Cloud } from "../../cloud.ts";
import { onPublicNamesChange } from "../../runtime/dns/public-names.ts";
import { zoneLines } from "../../runtime/dns/zone-lines.ts";
import { onMovedPortsChange } from "../../runtime/moved-ports.ts";

const key = Symbol("apprunner hosts file");
const held = (cloud: Cloud) => cloud.memory(key, () => ({ last: Promise.resolve(), used: false }));

export const hostsFile = (cloud: Cloud): string => cloud.world.disk.path("instances", "hosts");

/** Writes it anew; one writer after another, so that the last state stays. */
export function writeHosts(cloud: Cloud): Promise<void> {
  const state = held(cloud);
  state.used = true;
  const write = () =>
    cloud.world.disk.replaceFile(
      hostsFile(cloud),
      zoneLines(cloud)
        .map((line) => `${line}\n`)
        .join(""),
    );
  state.last = state.last.catch(() => {}).then(write);
  return state.last;
}

/** At a start: as soon as an instance reads it, it follows the zones. */
export function keepHosts(cloud: Cloud): void {
  const rewrite = () => {
    if (held(cloud).used) cloud.inBackground("apprunner: the hosts file", writeHosts(cloud));
  };
  onPublicNamesChange(cloud, rewrite);
  onMovedPortsChange(cloud, rewrite);
}
