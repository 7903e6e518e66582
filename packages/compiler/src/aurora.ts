/** PostgreSQL on Aurora: a cluster, its writer and readers, and the proxy before them. Source: aws-recipes §2 and §3. */
import { buildDatabaseCopies } from "./backup-plan.ts";
import { scalingOf } from "./aurora-capacity.ts";
import { buildAuroraProxy } from "./aurora-proxy.ts";
import { buildAuroraRegions } from "./aurora-regions.ts";
import { deleted, fateOfData, sub, type Compilation } from "./compilation.ts";
import { buildParameterGroup, buildSubnetGroup } from "./database-groups.ts";
import { buildMonitoring } from "./database-monitoring.ts";
import {
  buildConnections,
  buildLogins,
  buildServerLog,
  databaseName,
  exportsLog,
  serverName,
  unnamedLog,
  type BuiltDatabase,
} from "./database.ts";
import { auroraMinor } from "./engine-versions.ts";
import { secretMember } from "./generated-secret.ts";
import type { Named } from "./inventory.ts";
import type { Network } from "./network.ts";
import { postgresPort, type SecurityGroups } from "./security-groups.ts";
import type { Made, Value } from "./value.ts";

export function buildAurora(compilation: Compilation, named: Named<"aurora">, network: Network, groups: SecurityGroups): BuiltDatabase {
  const { draft, production } = compilation;
  const { id } = named;
  const { options } = named.declared;
  const origin = compilation.origin(named);
  const fate = fateOfData(compilation);
  const major = options.version ?? "17";
  const database = databaseName(compilation, named);
  const all = buildLogins(compilation, named);
  const { master } = all;
  const log = buildServerLog(compilation, named, "cluster");

  const subnetGroup = buildSubnetGroup(compilation, named, network);
  const parameterGroup = buildParameterGroup(compilation, named, { part: "DBClusterParameterGroup", family: `aurora-postgresql${major}` });
  const cluster = draft.add("database", id, { ...origin, part: "DBCluster" }, (here) => {
    if (log) here.after([log]);
    return {
      Type: "AWS::RDS::DBCluster",
      ...fate.snapshot,
      Properties: {
        DBClusterIdentifier: serverName(compilation, named),
        Engine: "aurora-postgresql",
        EngineVersion: auroraMinor[major],
        ...scalingOf(options),
        // What a snapshot holds decides these.
        ...(options.restoreFrom === undefined
          ? { StorageEncrypted: true, DatabaseName: database }
          : { SnapshotIdentifier: options.restoreFrom }),
        Port: postgresPort,
        ...(options.restoreFrom === undefined && {
          MasterUsername: sub(secretMember("Master", "username"), { Master: here.take(master.ref()) }) as string,
        }),
        MasterUserPassword: sub(secretMember("Master", "password"), { Master: here.take(master.ref()) }) as string,
        DBSubnetGroupName: here.take(subnetGroup.ref()),
        DBClusterParameterGroupName: here.take(parameterGroup.ref()),
        VpcSecurityGroupIds: [here.take(groups.of(named.declared))],
        BackupRetentionPeriod: Number.parseInt(options.backup?.retain ?? "7 days", 10),
        CopyTagsToSnapshot: true,
        DeletionProtection: options.protect ?? production,
        ...(exportsLog(compilation, named) && { EnableCloudwatchLogsExports: ["postgresql"] }),
        // Read by the embedded cloud, which picks a server that has them; on AWS it says what the database is for.
        ...(options.extensions?.length && { Tags: [{ Key: "plinth:extensions", Value: options.extensions.join(" ") }] }),
      },
    };
  });
  const monitoring = buildMonitoring(compilation, named);
  const instance = (suffix: string, tier: number, after: readonly Made[]): Made =>
    draft.add("database", `${id}${suffix}`, { ...origin, part: "DBInstance" }, (here) => ({
      Type: "AWS::RDS::DBInstance",
      ...(after.length > 0 && { DependsOn: here.after(after) }),
      ...deleted,
      Properties: {
        Engine: "aurora-postgresql",
        DBClusterIdentifier: here.take(cluster.ref()),
        DBInstanceClass: options.instance ?? "db.serverless",
        PubliclyAccessible: false,
        AutoMinorVersionUpgrade: true,
        PromotionTier: tier,
        ...monitoring(here),
      },
    }));
  const writer = instance("Writer", 0, []);
  // The first reader takes the writer's place, so it scales and pauses with it; the others follow their own load.
  const readers = Array.from({ length: options.readers ?? 0 }, (_, i) => instance(`Reader${i + 1}`, i === 0 ? 1 : 2, [writer]));
  buildDatabaseCopies(compilation, named, cluster.attribute("DBClusterArn"));
  draft.add("database", `${id}MasterAttachment`, origin, (here) => ({
    Type: "AWS::SecretsManager::SecretTargetAttachment",
    Properties: { SecretId: here.take(master.ref()), TargetId: here.take(cluster.ref()), TargetType: "AWS::RDS::DBCluster" },
  }));

  const port = cluster.attribute("Endpoint.Port");
  const proxy = options.proxy
    ? buildAuroraProxy(compilation, named, network, groups, { logins: all, cluster, writer, readers })
    : undefined;
  const hosts = buildAuroraRegions(compilation, named, network, { cluster, writer, proxy: proxy?.address.host });
  const reading: Value = readers.length > 0 ? cluster.attribute("ReadEndpoint.Address") : hosts.server;
  const addresses = {
    address: { host: hosts.programs, port: proxy?.address.port ?? port },
    readOnly: proxy?.readOnly ?? { host: reading, port },
  };
  return {
    ...buildConnections(compilation, named, all, addresses),
    ...all,
    named,
    server: cluster,
    logGroup: unnamedLog(compilation, named, cluster),
    database,
    major,
    host: hosts.server,
    port,
  };
}
