/** Where the private addresses of VPCs are on this machine: who runs something puts it here, who connects to it (a load balancer) asks. */
import { isIPv4 } from "node:net";
import type { Cloud } from "../cloud.ts";

export interface Host {
  /** A loopback address. */
  address: string;
  /** The port there that stands for `port` of the private address. */
  portOf(port: number): number;
}

const key = Symbol("private addresses");
const hosts = (cloud: Cloud): Map<string, Host> => cloud.memory(key, () => new Map());
const idOf = (vpcId: string, privateIp: string) => `${vpcId} ${privateIp}`;

export function placePrivateAddress(cloud: Cloud, vpcId: string, privateIp: string, host: Host | undefined): void {
  if (host) hosts(cloud).set(idOf(vpcId, privateIp), host);
  else hosts(cloud).delete(idOf(vpcId, privateIp));
}

/** Loopback addresses stand for themselves, so that a program outside the cloud can be reached as well; of others nothing is outside. */
export function hostAt(cloud: Cloud, vpcId: string, address: string): Host | undefined {
  if (isIPv4(address) && address.startsWith("127.")) return { address, portOf: (port) => port };
  return hosts(cloud).get(idOf(vpcId, address));
}
