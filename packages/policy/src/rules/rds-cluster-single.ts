/** A cluster in production has an instance to turn to. */
import { each, type Rule } from "../rule.ts";

const types = ["AWS::RDS::DBCluster"];

export const rule: Rule = {
  id: "rds-cluster-single",
  severity: "medium",
  controls: ["RDS.15"],
  production: true,
  types,
  reason: "With a single instance Aurora has nothing to turn to when it fails.",
  remedy: "Add a second AWS::RDS::DBInstance to the cluster: in the app readers: 1.",
  find: each(types, (cluster, { ofType, named }) => {
    if (!String(cluster.properties["Engine"]).startsWith("aurora")) return undefined;
    const members = ofType("AWS::RDS::DBInstance").filter(({ properties }) => named(properties["DBClusterIdentifier"])?.id === cluster.id);
    return members.length === 1 && "it has one instance";
  }),
};
