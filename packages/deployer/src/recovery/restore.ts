/**
 * Brings a database back beside the one that serves: to a time, or as a snapshot holds it. The app's own is not touched, since
 * CloudFormation holds it and what it has now may be wanted too; `restoreFrom` in the app's file moves the app over.
 */
import { isAwsError, type Aws } from "../aws.ts";
import { DeployError } from "../deploy-error.ts";
import { step, type Deployment } from "../deployment.ts";
import { describeStage } from "../stacks/stack-state.ts";
import { describeServer, restorableWindow, waitUntilAvailable, type Server } from "./database-api.ts";
import { sideTags, tagsOf } from "./side-server.ts";
import { findSnapshot } from "./snapshots.ts";
import { findStageDatabase, type StageDatabase } from "./stage-database.ts";

/** A time, the last one that can be had, or a snapshot. */
export type RestorePoint = { at: Date } | { latest: true } | { snapshot: string };

export interface RestoreOptions {
  /** Needed where the app has several. */
  database?: string | undefined;
  point: RestorePoint;
  /** What RDS calls the new one. @default what it calls the present one, and `-restored` */
  into?: string | undefined;
  /** Without backups and without a standby. */
  temporary?: boolean;
}

export interface RestoreResult {
  database: string;
  identifier: string;
  kind: StageDatabase["kind"];
  /** ISO 8601, or the snapshot's name. */
  restoredTo: string;
  host: string;
  port: number;
  databaseName?: string;
}

/** Safe to repeat: one of that name that was made for the same is waited for. @throws DeployError */
export async function restore(deployment: Deployment, options: RestoreOptions): Promise<RestoreResult> {
  const { aws, assembly } = deployment;
  const database = await findStageDatabase(aws, assembly, await describeStage(aws, assembly), options.database);
  const source = await describeServer(aws, database.kind, database.identifier);
  if (!source)
    throw new DeployError("not-found", `RDS has no ${database.kind} ${database.identifier}.`, {
      remedy: "plinth doctor looks at the stage.",
    });
  const identifier = (options.into ?? `${source.identifier.slice(0, 54)}-restored`).toLowerCase();
  if (!/^[a-z](?:-?[a-z0-9])*$/.test(identifier) || identifier.length > 63) {
    throw new DeployError("out-of-bounds", `${identifier} cannot be the name of a database.`, {
      remedy: "--into takes 1 to 63 letters, digits and single hyphens, a letter first.",
    });
  }
  const restoredTo = await checkPoint(aws, database, source, options.point);
  const restored = await step(deployment, "restore", identifier, async () => {
    const begun = await begin(deployment, source, identifier, restoredTo, options);
    const value = await waitUntilAvailable(deployment, source.kind, identifier);
    if (source.kind === "cluster") await giveMember(deployment, source, value);
    return { value, detail: begun };
  });
  return {
    database: database.name,
    identifier,
    kind: source.kind,
    restoredTo,
    host: restored.host ?? "",
    port: restored.port,
    ...(source.databaseName !== undefined && { databaseName: source.databaseName }),
  };
}

/** What is asked for in a word, once it is known that it can be had. */
async function checkPoint(aws: Aws, database: StageDatabase, source: Server, point: RestorePoint): Promise<string> {
  if ("snapshot" in point) {
    const name = point.snapshot.toLowerCase();
    const snapshot = await findSnapshot(aws, name, source.kind);
    if (!snapshot) {
      throw new DeployError("not-found", `There is no snapshot ${name} of a database ${source.kind}.`, {
        remedy: "plinth snapshot list shows those that there are.",
      });
    }
    if (snapshot.status !== "available") {
      throw new DeployError("out-of-bounds", `The snapshot ${name} is ${snapshot.status}.`, {
        remedy: "One that is being made can be restored as soon as it is available.",
      });
    }
    const major = (version: string) => version.split(".")[0]!;
    if (major(snapshot.engineVersion) !== major(source.engineVersion)) {
      throw new DeployError(
        "out-of-bounds",
        `The snapshot ${name} is of PostgreSQL ${snapshot.engineVersion}, and ${database.name} is ${source.engineVersion}: its parameter group does not fit.`,
        {
          remedy: `Restore one of PostgreSQL ${major(source.engineVersion)}, or set the app's version to "${major(snapshot.engineVersion)}" with restoreFrom: "${name}".`,
        },
      );
    }
    return name;
  }
  if (source.retentionDays === 0) {
    throw new DeployError("out-of-bounds", `${database.name} has no automated backups: no time before now can be had.`, {
      remedy: 'Declare backup: { retain: "7 days" } and deploy; or restore a snapshot: plinth snapshot list.',
    });
  }
  const window = await restorableWindow(aws, source);
  if (!window) {
    throw new DeployError("out-of-bounds", `${database.name} has no restorable time yet: its first backup is not complete.`, {
      remedy: "plinth snapshot list tells when it is.",
    });
  }
  const at = "at" in point ? point.at : window.latest;
  if (at < window.earliest || at > window.latest) {
    const why = at > window.latest ? "is later than the last restorable time" : "lies before the first restorable time";
    throw new DeployError("out-of-bounds", `${at.toISOString()} ${why} of ${database.name}.`, {
      remedy: `Name a time from ${window.earliest.toISOString()} to ${window.latest.toISOString()}, or an older snapshot: plinth snapshot list.`,
    });
  }
  return at.toISOString();
}

const taken = ["DBInstanceAlreadyExists", "DBInstanceAlreadyExistsFault", "DBClusterAlreadyExistsFault"];

/** @returns what it is in a few words. */
async function begin(
  { aws, assembly }: Deployment,
  source: Server,
  identifier: string,
  restoredTo: string,
  options: RestoreOptions,
): Promise<string> {
  const Tags = tagsOf(assembly, { restoredFrom: source.identifier, restoredTo });
  try {
    if (source.kind === "cluster") await beginCluster(aws, source, identifier, restoredTo, options, Tags);
    else await beginInstance(aws, source, identifier, restoredTo, options, Tags);
    return `${source.identifier} as of ${restoredTo}`;
  } catch (error) {
    if (!isAwsError(error, ...taken)) throw error;
    const present = await describeServer(aws, source.kind, identifier);
    const same =
      present?.tags[sideTags.of] === source.identifier && ("latest" in options.point || present.tags[sideTags.to] === restoredTo);
    if (same) return `${source.identifier} as of ${present.tags[sideTags.to]}, made before`;
    throw new DeployError("out-of-bounds", `There is a database ${identifier} already.`, {
      remedy: `Give another name, --into NAME, or remove it${present?.tags[sideTags.of] === undefined ? "" : `: plinth restore --remove ${identifier}`}.`,
      cause: error,
    });
  }
}

type Tags = { Key: string; Value: string }[];

/** In the same network, behind the same security groups, with the same parameters. */
async function beginInstance(
  aws: Aws,
  source: Server,
  identifier: string,
  restoredTo: string,
  options: RestoreOptions,
  Tags: Tags,
): Promise<void> {
  const { DBInstanceClass, DBSubnetGroup, DBParameterGroups, VpcSecurityGroups, MultiAZ, TagList = [] } = source.instance!;
  const extensions = TagList.filter(({ Key }) => Key === "plinth:extensions");
  const like = {
    DBInstanceClass,
    DBSubnetGroupName: DBSubnetGroup?.DBSubnetGroupName,
    DBParameterGroupName: DBParameterGroups?.[0]?.DBParameterGroupName,
    VpcSecurityGroupIds: VpcSecurityGroups?.flatMap(({ VpcSecurityGroupId: id }) => id ?? []),
    PubliclyAccessible: false,
    MultiAZ: options.temporary ? false : MultiAZ,
    ...(options.temporary && { BackupRetentionPeriod: 0 }),
    DeletionProtection: false,
    CopyTagsToSnapshot: true,
    Tags: [...Tags, ...extensions],
  };
  if ("snapshot" in options.point) {
    await aws.call("rds", "RestoreDBInstanceFromDBSnapshot", {
      ...like,
      DBInstanceIdentifier: identifier,
      DBSnapshotIdentifier: restoredTo,
    });
    return;
  }
  await aws.call("rds", "RestoreDBInstanceToPointInTime", {
    ...like,
    SourceDBInstanceIdentifier: source.identifier,
    TargetDBInstanceIdentifier: identifier,
    RestoreTime: new Date(restoredTo),
  });
}

async function beginCluster(
  aws: Aws,
  source: Server,
  identifier: string,
  restoredTo: string,
  options: RestoreOptions,
  Tags: Tags,
): Promise<void> {
  const {
    Engine = "aurora-postgresql",
    DBSubnetGroup,
    DBClusterParameterGroup,
    VpcSecurityGroups,
    ServerlessV2ScalingConfiguration,
  } = source.cluster!;
  const like = {
    DBClusterIdentifier: identifier,
    DBSubnetGroupName: DBSubnetGroup,
    DBClusterParameterGroupName: DBClusterParameterGroup,
    VpcSecurityGroupIds: VpcSecurityGroups?.flatMap(({ VpcSecurityGroupId: id }) => id ?? []),
    ServerlessV2ScalingConfiguration,
    DeletionProtection: false,
    CopyTagsToSnapshot: true,
    Tags,
  };
  if ("snapshot" in options.point)
    await aws.call("rds", "RestoreDBClusterFromSnapshot", { ...like, Engine, SnapshotIdentifier: restoredTo });
  else {
    await aws.call("rds", "RestoreDBClusterToPointInTime", {
      ...like,
      SourceDBClusterIdentifier: source.identifier,
      RestoreToTime: new Date(restoredTo),
    });
  }
}

/** A restored cluster has no instance until one is made; it takes one when it is available. */
async function giveMember(deployment: Deployment, source: Server, { identifier, cluster, tags }: Server): Promise<void> {
  const { aws } = deployment;
  const [present] = cluster?.DBClusterMembers ?? [];
  const name = present?.DBInstanceIdentifier ?? `${identifier.slice(0, 58)}-one`;
  if (!present) {
    const writer = source.cluster?.DBClusterMembers?.find(({ IsClusterWriter }) => IsClusterWriter)?.DBInstanceIdentifier;
    const like = writer === undefined ? undefined : (await describeServer(aws, "instance", writer))?.instance;
    await aws.call("rds", "CreateDBInstance", {
      DBInstanceIdentifier: name,
      DBClusterIdentifier: identifier,
      Engine: cluster?.Engine ?? "aurora-postgresql",
      DBInstanceClass: like?.DBInstanceClass ?? "db.serverless",
      Tags: Object.entries(tags).flatMap(([Key, Value]) =>
        Key.startsWith("plinth:") && Key !== "plinth:served-by" ? [{ Key, Value }] : [],
      ),
    });
  }
  await waitUntilAvailable(deployment, "instance", name);
}
