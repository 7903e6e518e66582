/** What the tests of Aurora share: making a cluster with its instances, and clients of its endpoints. */
import { readFileSync } from "node:fs";
import { Client } from "pg";
import { authorityFile } from "../../../src/runtime/authority.ts";
import type { TestCloud } from "../../cloud.ts";
import { password, whenIn } from "./instances.ts";

type It = Pick<TestCloud, "cloud" | "call">;

export async function createCluster({ call }: Pick<It, "call">, identifier: string, more: Record<string, unknown> = {}): Promise<void> {
  await call("rds", "CreateDBCluster", {
    DBClusterIdentifier: identifier,
    Engine: "aurora-postgresql",
    MasterUsername: "owner",
    MasterUserPassword: password,
    DatabaseName: "app",
    ServerlessV2ScalingConfiguration: { MinCapacity: 0, MaxCapacity: 4 },
    ...more,
  });
}

export async function createMember(it: Pick<It, "call">, cluster: string, identifier: string, more: Record<string, unknown> = {}) {
  await it.call("rds", "CreateDBInstance", {
    DBInstanceIdentifier: identifier,
    DBClusterIdentifier: cluster,
    Engine: "aurora-postgresql",
    DBInstanceClass: "db.serverless",
    ...more,
  });
  return whenIn(it, identifier, "available");
}

export async function describe({ call }: Pick<It, "call">, identifier: string) {
  const { DBClusters: [cluster] = [] } = await call("rds", "DescribeDBClusters", { DBClusterIdentifier: identifier });
  return cluster!;
}

/** Asks again until the cluster is in that state; a failure is told at once. */
export async function whenClusterIn(it: Pick<It, "call">, identifier: string, status: string) {
  for (;;) {
    const cluster = await describe(it, identifier);
    if (cluster.Status === status) return cluster;
    if (cluster.Status === "failed") throw new Error(`${identifier} failed`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

export async function connectTo(it: It, address: string, options: Record<string, unknown> = {}): Promise<Client> {
  const client = new Client({
    host: address,
    port: 5432,
    user: "owner",
    password,
    database: "app",
    ssl: { ca: readFileSync(await authorityFile(it.cloud), "utf8") },
    ...options,
  });
  client.on("error", () => {});
  await client.connect();
  return client;
}

/** What has happened to an instance or a cluster, oldest first. */
export async function eventsOf({ call }: Pick<It, "call">, identifier: string, type: "db-instance" | "db-cluster" = "db-instance") {
  const { Events: events = [] } = await call("rds", "DescribeEvents", { SourceIdentifier: identifier, SourceType: type, Duration: 10_000 });
  return events.map(({ Message }) => Message);
}
