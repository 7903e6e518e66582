/** The groups that a database's server or cluster is told by: in which subnets it stands, and its settings. */
import type { Compilation } from "./compilation.ts";
import type { Named } from "./inventory.ts";
import type { Network } from "./network.ts";
import type { Made } from "./value.ts";

export function buildSubnetGroup(compilation: Compilation, named: Named<"aurora"> | Named<"postgres">, network: Network): Made {
  const { draft, stem } = compilation;
  return draft.add("database", `${named.id}SubnetGroup`, { ...compilation.origin(named), part: "DBSubnetGroup" }, (here) => ({
    Type: "AWS::RDS::DBSubnetGroup",
    Properties: {
      DBSubnetGroupDescription: `${stem} ${named.key}`,
      SubnetIds: network.databaseSubnets.map((subnet) => here.take(subnet)),
    },
  }));
}

/** A group of its own, although most settings are the family's: RDS lets nobody change its default groups, and another group asks for a restart. */
export function buildParameterGroup(
  compilation: Compilation,
  named: Named<"aurora"> | Named<"postgres">,
  { part, family }: { part: "DBParameterGroup" | "DBClusterParameterGroup"; family: string },
): Made {
  const { draft, stem } = compilation;
  const own = Object.entries(named.declared.options.parameters ?? {}).map(([name, value]) => [name, String(value)]);
  return draft.add("database", `${named.id}Parameters`, { ...compilation.origin(named), part }, () => ({
    Type: `AWS::RDS::${part}`,
    Properties: {
      Description: `${stem} ${named.key}`,
      Family: family,
      Parameters: { "rds.force_ssl": "1", ...Object.fromEntries(own) },
    },
  }));
}
