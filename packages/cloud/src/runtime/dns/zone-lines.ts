/** Names of Route 53's zones that lead to this machine, as lines of the hosts files of programs that run here. */
import type { Cloud } from "../../cloud.ts";
import { movedPorts } from "../moved-ports.ts";
import { loopbackNames } from "./public-names.ts";

/** Each with the ports that stand for others there: `127.70.1.2 api.example.com # 443=40123`. */
export function zoneLines(cloud: Cloud): string[] {
  return loopbackNames(cloud).map(({ name, address }) => {
    const moved = [...movedPorts(cloud, address)].map(([from, to]) => ` ${from}=${to}`).join("");
    return `${address} ${name}${moved === "" ? "" : ` #${moved}`}`;
  });
}
