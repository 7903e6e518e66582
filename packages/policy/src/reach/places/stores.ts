/** What keeps data and is reached over the network: databases, caches, file systems, and the proxies before databases. */
import { asNumber, isTrue, type Facts, type Resource } from "../../facts.ts";
import { groupIds } from "../groups.ts";
import type { UnnamedPlace } from "../places.ts";
import { idsOf } from "../routes.ts";
import { common, tcp } from "./programs.ts";

export function stores(facts: Facts): UnnamedPlace[] {
  return [...databases(facts), ...proxies(facts), ...caches(facts), ...fileSystems(facts)];
}

const portOfEngine: Record<string, number> = { mysql: 3306, mariadb: 3306, "aurora-mysql": 3306, oracle: 1521, sqlserver: 1433 };

function databasePort({ Port: port, Engine: engine }: Readonly<Record<string, unknown>>) {
  const name = Object.keys(portOfEngine).find((one) => String(engine ?? "").startsWith(one));
  return tcp(asNumber(port) ?? (name === undefined ? 5432 : portOfEngine[name]!));
}

function databases(facts: Facts): UnnamedPlace[] {
  const inGroup = (name: unknown) => idsOf(facts.named(name)?.properties["SubnetIds"]);
  const instances = facts.ofType("AWS::RDS::DBInstance");
  const members = (cluster: Resource) =>
    instances.filter(({ properties }) => facts.named(properties["DBClusterIdentifier"])?.id === cluster.id);
  return [
    ...instances
      .filter(({ properties }) => properties["DBClusterIdentifier"] === undefined)
      .map((one) => {
        const { VPCSecurityGroups, DBSubnetGroupName, PubliclyAccessible, SourceDBInstanceIdentifier: source } = one.properties;
        const primary = facts.named(source)?.properties ?? {};
        return {
          ...common(one),
          kind: "store" as const,
          groups: groupIds(VPCSecurityGroups ?? primary["VPCSecurityGroups"]),
          subnets: inGroup(DBSubnetGroupName ?? primary["DBSubnetGroupName"]),
          publicAddress: isTrue(PubliclyAccessible),
          listens: [databasePort({ ...primary, ...one.properties })],
        };
      }),
    ...facts.ofType("AWS::RDS::DBCluster").map((one) => ({
      ...common(one),
      kind: "store" as const,
      groups: groupIds(one.properties["VpcSecurityGroupIds"]),
      subnets: inGroup(one.properties["DBSubnetGroupName"]),
      publicAddress:
        isTrue(one.properties["PubliclyAccessible"]) || members(one).some(({ properties }) => isTrue(properties["PubliclyAccessible"])),
      listens: [databasePort(one.properties)],
    })),
  ];
}

function proxies(facts: Facts): UnnamedPlace[] {
  return facts.ofType("AWS::RDS::DBProxy").map((one) => {
    const targets = facts
      .ofType("AWS::RDS::DBProxyTargetGroup")
      .filter(({ properties }) => facts.named(properties["DBProxyName"])?.id === one.id)
      .flatMap(({ properties }) => [...idsOf(properties["DBClusterIdentifiers"]), ...idsOf(properties["DBInstanceIdentifiers"])]);
    const port = { Engine: one.properties["EngineFamily"] === "MYSQL" ? "mysql" : "postgres" };
    return {
      ...common(one),
      kind: "proxy" as const,
      groups: groupIds(one.properties["VpcSecurityGroupIds"]),
      subnets: idsOf(one.properties["VpcSubnetIds"]),
      publicAddress: false,
      listens: [databasePort(port)],
      forwardsTo: targets.map((id) => ({ id, ports: [] })),
    };
  });
}

function caches(facts: Facts): UnnamedPlace[] {
  const types = ["AWS::ElastiCache::ReplicationGroup", "AWS::ElastiCache::CacheCluster", "AWS::ElastiCache::ServerlessCache"];
  return facts.ofType(...types).map((one) => {
    const { SecurityGroupIds, VpcSecurityGroupIds, CacheSubnetGroupName, SubnetIds, Port: port, Engine: engine } = one.properties;
    return {
      ...common(one),
      kind: "store" as const,
      groups: groupIds(SecurityGroupIds ?? VpcSecurityGroupIds),
      subnets: SubnetIds === undefined ? idsOf(facts.named(CacheSubnetGroupName)?.properties["SubnetIds"]) : idsOf(SubnetIds),
      publicAddress: false,
      listens: [tcp(asNumber(port) ?? (engine === "memcached" ? 11_211 : 6379))],
    };
  });
}

function fileSystems(facts: Facts): UnnamedPlace[] {
  return facts.ofType("AWS::EFS::FileSystem").map((one) => {
    const mounts = facts.ofType("AWS::EFS::MountTarget").filter(({ properties }) => facts.named(properties["FileSystemId"])?.id === one.id);
    return {
      ...common(one),
      kind: "store" as const,
      groups: [...new Set(mounts.flatMap(({ properties }) => groupIds(properties["SecurityGroups"])))],
      subnets: mounts.flatMap(({ properties }) => idsOf(properties["SubnetId"])),
      publicAddress: false,
      listens: mounts.length > 0 ? [tcp(2049)] : [],
    };
  });
}
