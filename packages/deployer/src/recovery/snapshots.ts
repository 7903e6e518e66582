/** Snapshots of a stage's databases: made, listed with the times that can be had, deleted. */
import { isAwsError, type Aws } from "../aws.ts";
import { DeployError } from "../deploy-error.ts";
import { pollingDelaysMs, step, throwIfInterrupted, type Deployment } from "../deployment.ts";
import { describeStage } from "../stacks/stack-state.ts";
import { describeServer, restorableWindow, type Kind } from "./database-api.ts";
import { sideServers } from "./side-server.ts";
import { findStageDatabase, stageDatabases, type StageDatabase } from "./stage-database.ts";

export interface SnapshotState {
  name: string;
  /** The database's name in the inventory, or what RDS calls a restored one. */
  database: string;
  kind: Kind;
  type: string;
  status: string;
  engineVersion: string;
  createdAt?: string;
  /** What the database may hold; AWS keeps, and counts, only what is in use. */
  allocatedGB?: number;
}

export interface BackupState {
  database: string;
  identifier: string;
  /** 0: none is taken. */
  retentionDays: number;
  /** ISO 8601; absent before the first backup. */
  earliest?: string;
  latest?: string;
  snapshots: SnapshotState[];
}

/** Of all databases of the stage, or of one; newest first. */
export async function listSnapshots({ aws, assembly }: Pick<Deployment, "aws" | "assembly">, name?: string): Promise<BackupState[]> {
  const stacks = await describeStage(aws, assembly);
  const databases =
    name === undefined ? await stageDatabases(aws, assembly, stacks) : [await findStageDatabase(aws, assembly, stacks, name)];
  return Promise.all(
    databases.map(async (database): Promise<BackupState> => {
      const server = await describeServer(aws, database.kind, database.identifier);
      const window = server && (await restorableWindow(aws, server));
      return {
        database: database.name,
        identifier: database.identifier,
        retentionDays: server?.retentionDays ?? 0,
        ...(window && { earliest: window.earliest.toISOString(), latest: window.latest.toISOString() }),
        snapshots: await snapshotsOf(aws, database.kind, database.identifier, database.name),
      };
    }),
  );
}

async function snapshotsOf(aws: Aws, kind: Kind, identifier: string, database: string): Promise<SnapshotState[]> {
  const found: SnapshotState[] = [];
  let Marker: string | undefined;
  do {
    if (kind === "cluster") {
      const page = await aws.call("rds", "DescribeDBClusterSnapshots", { DBClusterIdentifier: identifier, Marker });
      for (const each of page.DBClusterSnapshots ?? []) {
        found.push(snapshotState({ ...each, name: each.DBClusterSnapshotIdentifier, kind, database }));
      }
      Marker = page.Marker;
    } else {
      const page = await aws.call("rds", "DescribeDBSnapshots", { DBInstanceIdentifier: identifier, Marker });
      for (const each of page.DBSnapshots ?? []) found.push(snapshotState({ ...each, name: each.DBSnapshotIdentifier, kind, database }));
      Marker = page.Marker;
    }
  } while (Marker);
  return found.sort((a, b) => (b.createdAt ?? "9").localeCompare(a.createdAt ?? "9"));
}

interface Described {
  name: string | undefined;
  kind: Kind;
  database: string;
  SnapshotType?: string | undefined;
  Status?: string | undefined;
  EngineVersion?: string | undefined;
  SnapshotCreateTime?: Date | undefined;
  AllocatedStorage?: number | undefined;
}

function snapshotState(each: Described): SnapshotState {
  return {
    name: each.name ?? "",
    database: each.database,
    kind: each.kind,
    type: each.SnapshotType ?? "",
    status: each.Status ?? "",
    engineVersion: each.EngineVersion ?? "",
    ...(each.SnapshotCreateTime && { createdAt: each.SnapshotCreateTime.toISOString() }),
    ...(each.AllocatedStorage && { allocatedGB: each.AllocatedStorage }),
  };
}

/** Of an instance, or of a cluster. `undefined` where there is none of that name. */
export async function findSnapshot(aws: Aws, name: string, kind?: Kind): Promise<(SnapshotState & { of: string }) | undefined> {
  if (kind !== "cluster") {
    const found = await unlessMissing(() => aws.call("rds", "DescribeDBSnapshots", { DBSnapshotIdentifier: name }));
    const snapshot = found?.DBSnapshots?.[0];
    const of = snapshot?.DBInstanceIdentifier ?? "";
    if (snapshot) return { ...snapshotState({ ...snapshot, name: snapshot.DBSnapshotIdentifier, kind: "instance", database: of }), of };
  }
  if (kind !== "instance") {
    const found = await unlessMissing(() => aws.call("rds", "DescribeDBClusterSnapshots", { DBClusterSnapshotIdentifier: name }));
    const snapshot = found?.DBClusterSnapshots?.[0];
    const of = snapshot?.DBClusterIdentifier ?? "";
    if (snapshot)
      return { ...snapshotState({ ...snapshot, name: snapshot.DBClusterSnapshotIdentifier, kind: "cluster", database: of }), of };
  }
  return undefined;
}

const missing = ["DBSnapshotNotFound", "DBSnapshotNotFoundFault", "DBClusterSnapshotNotFoundFault"];

async function unlessMissing<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (isAwsError(error, ...missing)) return undefined;
    throw error;
  }
}

/**
 * Makes one and waits until it is complete; it is made in the cloud, also when the waiting is stopped. Of a database that
 * `plinth restore` has made, by what RDS calls it.
 * @throws DeployError
 */
export async function createSnapshot(
  deployment: Deployment,
  { database: name, snapshot }: { database?: string | undefined; snapshot?: string | undefined },
): Promise<SnapshotState> {
  const { aws, assembly, time, signal } = deployment;
  const database = await databaseOrSide(deployment, name);
  const id = (snapshot ?? snapshotName(deployment, database)).toLowerCase();
  if (!/^[a-z](?:-?[a-z0-9])*$/.test(id) || id.length > 255) {
    throw new DeployError("out-of-bounds", `${id} cannot be the name of a snapshot.`, {
      remedy: "1 to 255 letters, digits and single hyphens, a letter first.",
    });
  }
  return step(deployment, "snapshot", id, async () => {
    const Tags = [
      { Key: "plinth:app", Value: assembly.app },
      { Key: "plinth:stage", Value: assembly.stage },
    ];
    try {
      if (database.kind === "cluster") {
        await aws.call("rds", "CreateDBClusterSnapshot", {
          DBClusterIdentifier: database.identifier,
          DBClusterSnapshotIdentifier: id,
          Tags,
        });
      } else await aws.call("rds", "CreateDBSnapshot", { DBInstanceIdentifier: database.identifier, DBSnapshotIdentifier: id, Tags });
    } catch (error) {
      if (isAwsError(error, "DBSnapshotAlreadyExists", "DBSnapshotAlreadyExistsFault", "DBClusterSnapshotAlreadyExistsFault")) {
        throw new DeployError("out-of-bounds", `There is a snapshot ${id} already.`, {
          remedy: "Give another name: --name NAME.",
          cause: error,
        });
      }
      throw error;
    }
    for (const delayMs of pollingDelaysMs(aws)) {
      throwIfInterrupted(signal);
      const found = await findSnapshot(aws, id, database.kind);
      if (found?.status === "available") {
        const { of: _of, ...state } = found;
        return { value: { ...state, database: database.name }, detail: `of ${database.name}` };
      }
      if (!found || found.status === "failed") {
        throw new DeployError("stack-failed", `The snapshot ${id} of ${database.name} failed.`, {
          remedy: `aws rds describe-events --source-type ${database.kind === "cluster" ? "db-cluster-snapshot" : "db-snapshot"} --source-identifier ${id}`,
        });
      }
      await time.sleep(delayMs, signal);
    }
    throw new Error("unreachable");
  });
}

async function databaseOrSide({ aws, assembly }: Deployment, name: string | undefined): Promise<StageDatabase> {
  const side =
    name === undefined ? undefined : (await sideServers(aws, assembly)).find(({ identifier }) => identifier === name.toLowerCase());
  if (side) return { name: side.identifier, kind: side.kind, identifier: side.identifier };
  return findStageDatabase(aws, assembly, await describeStage(aws, assembly), name);
}

/** `shop-prod-database-20261120-140300`, in UTC. */
function snapshotName({ assembly, time }: Deployment, { name }: StageDatabase): string {
  const at = new Date(time.now()).toISOString().replace(/[-:]/g, "").replace("T", "-").slice(0, 15);
  const kebab = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return `${assembly.app}-${assembly.stage}-${kebab}-${at}`;
}

/** One of a database of this stage. @throws DeployError `not-found`, `out-of-bounds` where RDS itself removes it */
export async function checkDeletable({ aws, assembly }: Pick<Deployment, "aws" | "assembly">, name: string): Promise<SnapshotState> {
  const found = await findSnapshot(aws, name.toLowerCase());
  const databases = await stageDatabases(aws, assembly, await describeStage(aws, assembly));
  const owner = databases.find(({ identifier }) => identifier === found?.of);
  const tagged = found && (await isTagged(aws, assembly, found));
  if (!found || !(owner || tagged)) {
    throw new DeployError("not-found", `${name} is no snapshot of a database of ${assembly.app} ${assembly.stage}.`, {
      remedy: "plinth snapshot list shows those that there are.",
    });
  }
  if (found.type === "automated") {
    throw new DeployError("out-of-bounds", `${name} is an automated snapshot: RDS removes it when its retention is over.`, {
      remedy: 'Shorten the retention, backup: { retain: "1 day" }, and deploy.',
    });
  }
  return { ...found, database: owner?.name ?? found.database };
}

/** Also of a database that is gone, as its final snapshot. */
async function isTagged(aws: Aws, { app, stage }: Deployment["assembly"], { name, kind }: SnapshotState): Promise<boolean> {
  const { TagList: tags = [] } =
    kind === "cluster"
      ? ((await aws.call("rds", "DescribeDBClusterSnapshots", { DBClusterSnapshotIdentifier: name })).DBClusterSnapshots?.[0] ?? {})
      : ((await aws.call("rds", "DescribeDBSnapshots", { DBSnapshotIdentifier: name })).DBSnapshots?.[0] ?? {});
  const has = (key: string, value: string) => tags.some(({ Key, Value }) => Key === key && Value === value);
  return has("plinth:app", app) && has("plinth:stage", stage);
}

export async function deleteSnapshot(deployment: Deployment, { name, kind, database }: SnapshotState): Promise<void> {
  const { aws } = deployment;
  await step(deployment, "snapshot", name, async () => {
    if (kind === "cluster") await aws.call("rds", "DeleteDBClusterSnapshot", { DBClusterSnapshotIdentifier: name });
    else await aws.call("rds", "DeleteDBSnapshot", { DBSnapshotIdentifier: name });
    return { value: undefined, detail: `of ${database} deleted` };
  });
}
