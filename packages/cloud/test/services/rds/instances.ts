/** What the tests of RDS share: waiting for an instance, and a client that checks its certificate. */
import { readFileSync } from "node:fs";
import { Client } from "pg";
import { authorityFile } from "../../../src/runtime/authority.ts";
import type { TestCloud } from "../../cloud.ts";

export const password = "correct-horse-7";

export async function createInstance(
  { call }: Pick<TestCloud, "call">,
  identifier: string,
  more: Record<string, unknown> = {},
): Promise<void> {
  await call("rds", "CreateDBInstance", {
    DBInstanceIdentifier: identifier,
    Engine: "postgres",
    DBInstanceClass: "db.t4g.micro",
    AllocatedStorage: 20,
    MasterUsername: "owner",
    MasterUserPassword: password,
    ...more,
  });
}

/** Asks again, as the SDK's waiters do, until the instance is in that state; a failure is told at once. */
export async function whenIn({ call }: Pick<TestCloud, "call">, identifier: string, status: string) {
  for (;;) {
    const { DBInstances: [instance] = [] } = await call("rds", "DescribeDBInstances", { DBInstanceIdentifier: identifier });
    if (instance?.DBInstanceStatus === status) return instance;
    if (instance?.DBInstanceStatus === "failed") throw new Error(instance.StatusInfos?.[0]?.Message);
    await new Promise((done) => setTimeout(done, 20));
  }
}

export async function connect(
  { cloud, call }: Pick<TestCloud, "cloud" | "call">,
  identifier: string,
  options: Record<string, unknown> = {},
): Promise<Client> {
  const { DBInstances: [instance] = [] } = await call("rds", "DescribeDBInstances", { DBInstanceIdentifier: identifier });
  const client = new Client({
    host: instance!.Endpoint!.Address!,
    port: instance!.Endpoint!.Port!,
    user: "owner",
    password,
    database: instance!.DBName ?? "postgres",
    ssl: { ca: readFileSync(await authorityFile(cloud), "utf8") },
    ...options,
  });
  client.on("error", () => {});
  await client.connect();
  return client;
}
