/** PostgreSQL on RDS: the server, its parameters and its subnets. Source: aws-recipes §2. */
import { buildDatabaseCopies } from "./backup-plan.ts";
import { fateOfData, sub, type Compilation } from "./compilation.ts";
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
import { postgresMinor } from "./engine-versions.ts";
import { secretMember } from "./generated-secret.ts";
import type { Named } from "./inventory.ts";
import type { Network } from "./network.ts";
import { postgresPort, type SecurityGroups } from "./security-groups.ts";

export function buildPostgres(compilation: Compilation, named: Named<"postgres">, network: Network, groups: SecurityGroups): BuiltDatabase {
  const { draft, production } = compilation;
  const { id } = named;
  const { options } = named.declared;
  const origin = compilation.origin(named);
  const fate = fateOfData(compilation);
  const major = options.version ?? "17";
  const database = databaseName(compilation, named);
  const all = buildLogins(compilation, named);
  const { master } = all;
  const log = buildServerLog(compilation, named, "instance");

  const subnetGroup = buildSubnetGroup(compilation, named, network);
  const parameterGroup = buildParameterGroup(compilation, named, { part: "DBParameterGroup", family: `postgres${major}` });
  const monitoring = buildMonitoring(compilation, named);
  const instance = draft.add("database", id, { ...origin, part: "DBInstance" }, (here) => {
    if (log) here.after([log]);
    return {
      Type: "AWS::RDS::DBInstance",
      ...fate.snapshot,
      Properties: {
        DBInstanceIdentifier: serverName(compilation, named),
        Engine: "postgres",
        EngineVersion: postgresMinor[major],
        DBInstanceClass: options.instance ?? "db.t4g.micro",
        AllocatedStorage: String(options.storage ?? 20),
        MaxAllocatedStorage: options.maxStorage,
        StorageType: "gp3",
        // What a snapshot holds decides these.
        ...(options.restoreFrom === undefined
          ? { StorageEncrypted: true, DBName: database }
          : { DBSnapshotIdentifier: options.restoreFrom }),
        MultiAZ: options.multiAz ?? false,
        PubliclyAccessible: false,
        Port: String(postgresPort),
        ...(options.restoreFrom === undefined && {
          MasterUsername: sub(secretMember("Master", "username"), { Master: here.take(master.ref()) }) as string,
        }),
        MasterUserPassword: sub(secretMember("Master", "password"), { Master: here.take(master.ref()) }) as string,
        DBSubnetGroupName: here.take(subnetGroup.ref()),
        DBParameterGroupName: here.take(parameterGroup.ref()),
        VPCSecurityGroups: [here.take(groups.of(named.declared))],
        BackupRetentionPeriod: Number.parseInt(options.backup?.retain ?? "7 days", 10),
        CopyTagsToSnapshot: true,
        AutoMinorVersionUpgrade: true,
        DeletionProtection: options.protect ?? production,
        ...(exportsLog(compilation, named) && { EnableCloudwatchLogsExports: ["postgresql"] }),
        ...monitoring(here),
        // Read by the embedded cloud, which picks a server that has them; on AWS it says what the database is for.
        ...(options.extensions?.length && { Tags: [{ Key: "plinth:extensions", Value: options.extensions.join(" ") }] }),
      },
    };
  });
  buildDatabaseCopies(compilation, named, instance.attribute("DBInstanceArn"));
  draft.add("database", `${id}MasterAttachment`, origin, (here) => ({
    Type: "AWS::SecretsManager::SecretTargetAttachment",
    Properties: { SecretId: here.take(master.ref()), TargetId: here.take(instance.ref()), TargetType: "AWS::RDS::DBInstance" },
  }));

  const [host, port] = [instance.attribute("Endpoint.Address"), instance.attribute("Endpoint.Port")];
  const address = { host, port };
  return {
    ...buildConnections(compilation, named, all, { address, readOnly: address }),
    ...all,
    named,
    server: instance,
    logGroup: unnamedLog(compilation, named, instance),
    database,
    major,
    host,
    port,
  };
}
