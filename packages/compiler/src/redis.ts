/** Valkey or Redis on ElastiCache: always a replication group, a token, and a secret with the whole URL. Source: aws-recipes §4. */
import { deleted, fateOfData, sub, type Compilation, type Injection, type Target } from "./compilation.ts";
import { cacheEngines } from "./engine-versions.ts";
import { generatedSecret, secretMember } from "./generated-secret.ts";
import type { Named } from "./inventory.ts";
import type { Network } from "./network.ts";
import { redisPort, type SecurityGroups } from "./security-groups.ts";
import { encrypted } from "./stage-key.ts";
import type { Made } from "./value.ts";

export interface BuiltRedis extends Target {
  readonly named: Named<"redis">;
  readonly group: Made;
  /** How many nodes it has. */
  readonly nodes: number;
  readonly connection: Made;
  readonly token: Made;
}

export function buildRedis(compilation: Compilation, named: Named<"redis">, network: Network, groups: SecurityGroups): BuiltRedis {
  const { draft, stem, production, hardened } = compilation;
  const { id, key } = named;
  const { options } = named.declared;
  const origin = compilation.origin(named);
  const { engine, version } = cacheEngines[options.engine ?? "valkey 8"];
  const nodes = 1 + (options.replicas ?? 0);

  const token = generatedSecret(compilation, `${id}Token`, origin, { description: `${stem} ${key}: the token`, member: "token" });
  const subnetGroup = draft.add("database", `${id}SubnetGroup`, { ...origin, part: "SubnetGroup" }, (here) => ({
    Type: "AWS::ElastiCache::SubnetGroup",
    Properties: { Description: `${stem} ${key}`, SubnetIds: network.databaseSubnets.map((subnet) => here.take(subnet)) },
  }));
  const group = draft.add("database", id, { ...origin, part: "ReplicationGroup" }, (here) => ({
    Type: "AWS::ElastiCache::ReplicationGroup",
    ...(production ? fateOfData(compilation).snapshot : deleted),
    Properties: {
      ReplicationGroupId: options.name,
      ReplicationGroupDescription: `${stem} ${key}`,
      Engine: engine,
      EngineVersion: version,
      CacheNodeType: options.node ?? "cache.t4g.micro",
      NumCacheClusters: nodes,
      AutomaticFailoverEnabled: nodes > 1,
      MultiAZEnabled: nodes > 1,
      Port: redisPort,
      CacheSubnetGroupName: here.take(subnetGroup.ref()),
      SecurityGroupIds: [here.take(groups.of(named.declared))],
      AtRestEncryptionEnabled: true,
      TransitEncryptionEnabled: true,
      TransitEncryptionMode: "required",
      AuthToken: sub(secretMember("Token", "token"), { Token: here.take(token.ref()) }) as string,
      SnapshotRetentionLimit: Number.parseInt(options.backup?.retain ?? (hardened.cacheSnapshots ? "1 day" : "0 days"), 10),
    },
  }));
  const connection = draft.add("database", `${id}Connection`, { ...origin, part: "Connection" }, (here) => ({
    Type: "AWS::SecretsManager::Secret",
    ...deleted,
    Properties: {
      Description: `${stem} ${key}: how programs connect`,
      ...encrypted(here, compilation.key),
      SecretString: sub(
        `{"host":"\${Host}","port":\${Port},"token":"${secretMember("Token", "token")}","url":"rediss://:${secretMember("Token", "token")}@\${Host}:\${Port}/0"}`,
        {
          Host: here.take(group.attribute("PrimaryEndPoint.Address")),
          Port: here.take(group.attribute("PrimaryEndPoint.Port")),
          Token: here.take(token.ref()),
        },
      ) as string,
    },
  }));
  const members: Record<string, string> = { host: "host", port: "port", password: "token" };
  return {
    named,
    group,
    nodes,
    connection,
    token,
    open(facet) {
      if (facet === "host") return (here) => here.take(group.attribute("PrimaryEndPoint.Address"));
      return facet === "port" ? (here) => here.take(group.attribute("PrimaryEndPoint.Port")) : undefined;
    },
    inject(facet): Injection {
      const member = facet === undefined ? "url" : members[facet]!;
      return {
        kind: "secret",
        valueFrom: (here) => sub(`\${Secret}:${member}::`, { Secret: here.take(connection.ref()) }),
        grant: { actions: ["secretsmanager:GetSecretValue"], resources: (here) => [here.take(connection.ref())], key: compilation.key },
        connection: connection.ref(),
      };
    },
  };
}
