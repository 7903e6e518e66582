/** The entrance of an instance that takes logins by token: it stands at the instance's own address, and its server behind it. */
import type { Cloud } from "../../cloud.ts";
import { type Entrance, openEntrance, passages } from "../../runtime/postgres/entrance.ts";
import type { PostgresServer } from "../../runtime/postgres/server.ts";
import { gateOf } from "./token-login.ts";

interface Place {
  region: string;
  resourceId: string;
  /** Where clients come to. */
  at: { address: string; port: number };
  /** Where the server listens. */
  serverAt: { address: string; port: number };
  owner: string;
  forceTls(): boolean;
}

const memory = Symbol("rds instance entrances");

/** By resource id. */
const open = (cloud: Cloud) => cloud.memory(memory, () => new Map<string, Entrance>());

/** Stays open until its server ends, or it is closed. */
export async function openInstanceEntrance(
  cloud: Cloud,
  { region, resourceId, at, serverAt, owner, forceTls }: Place,
  server: PostgresServer,
): Promise<void> {
  const endpoints = [`${at.address}:${at.port}`];
  const addresses = [...new Set([serverAt.address, at.address])];
  const target = () => {
    const gate = gateOf({ cloud, region, resourceId, endpoints }, { owner, addresses, forceTls: forceTls(), server });
    return Promise.resolve({ id: resourceId, ...serverAt, gate });
  };
  const entrance = await openEntrance(cloud, { ...at, target, passages: passages() });
  open(cloud).set(resourceId, entrance);
  void closeAfter(cloud, resourceId, entrance, server);
}

async function closeAfter(cloud: Cloud, resourceId: string, entrance: Entrance, server: PostgresServer): Promise<void> {
  await server.exited;
  if (open(cloud).get(resourceId) === entrance) await closeInstanceEntrance(cloud, resourceId);
}

export async function closeInstanceEntrance(cloud: Cloud, resourceId: string): Promise<void> {
  const entrance = open(cloud).get(resourceId);
  open(cloud).delete(resourceId);
  await entrance?.close();
}
