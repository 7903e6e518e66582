/** RDS Proxy before a cluster: programs share its connections. It knows the logins of programs, and not the administrator's. Source: aws-recipes §2. */
import type { Compilation } from "./compilation.ts";
import type { Address, DatabaseLogins } from "./database.ts";
import type { Named } from "./inventory.ts";
import type { Network } from "./network.ts";
import { buildRole, statements } from "./role.ts";
import { postgresPort, type SecurityGroups } from "./security-groups.ts";
import type { Made } from "./value.ts";

export function buildAuroraProxy(
  compilation: Compilation,
  named: Named<"aurora">,
  network: Network,
  groups: SecurityGroups,
  {
    logins: { logins, readers: readLogins },
    cluster,
    writer,
    readers,
  }: { logins: DatabaseLogins; cluster: Made; writer: Made; readers: readonly Made[] },
): { address: Address; readOnly: Address } {
  const { draft, stem } = compilation;
  const { id, kebab } = named;
  const origin = compilation.origin(named);
  const secrets = [logins.a, logins.b, ...(readLogins ? [readLogins.a, readLogins.b] : [])];
  const role = buildRole(compilation, "database", `${id}ProxyRole`, origin, {
    trusts: "rds.amazonaws.com",
    policyName: "read-logins",
    allows: (here) =>
      statements(here, [
        {
          actions: ["secretsmanager:GetSecretValue"],
          resources: () => secrets.map((secret) => here.take(secret.ref())),
          key: compilation.key,
        },
      ]),
  });
  const proxy = draft.add("database", `${id}Proxy`, { ...origin, part: "DBProxy" }, (here) => ({
    Type: "AWS::RDS::DBProxy",
    Properties: {
      DBProxyName: `${stem}-${kebab}`,
      EngineFamily: "POSTGRESQL",
      RequireTLS: true,
      RoleArn: here.take(role.attribute("Arn")) as never,
      Auth: secrets.map((secret) => ({
        AuthScheme: "SECRETS",
        IAMAuth: "DISABLED",
        ClientPasswordAuthType: "POSTGRES_SCRAM_SHA_256",
        SecretArn: here.take(secret.ref()) as never,
      })),
      VpcSubnetIds: network.databaseSubnets.map((subnet) => here.take(subnet) as never),
      VpcSecurityGroupIds: [here.take(groups.proxyOf(named.declared)!) as never],
    },
  }));
  const targets = draft.add("database", `${id}ProxyTargets`, origin, (here) => ({
    Type: "AWS::RDS::DBProxyTargetGroup",
    DependsOn: here.after([writer, ...readers]),
    Properties: {
      DBProxyName: here.take(proxy.ref()),
      TargetGroupName: "default",
      DBClusterIdentifiers: [here.take(cluster.ref()) as never],
    },
  }));
  const address = { host: proxy.attribute("Endpoint"), port: postgresPort };
  if (!readLogins || readers.length === 0) return { address, readOnly: address };
  const reading = draft.add("database", `${id}ProxyReadOnly`, origin, (here) => ({
    Type: "AWS::RDS::DBProxyEndpoint",
    DependsOn: here.after([targets]),
    Properties: {
      DBProxyName: here.take(proxy.ref()),
      DBProxyEndpointName: `${stem}-${kebab}-read-only`,
      TargetRole: "READ_ONLY",
      VpcSubnetIds: network.databaseSubnets.map((subnet) => here.take(subnet) as never),
      VpcSecurityGroupIds: [here.take(groups.proxyOf(named.declared)!) as never],
    },
  }));
  return { address, readOnly: { host: reading.attribute("Endpoint"), port: postgresPort } };
}
