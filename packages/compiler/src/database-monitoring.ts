/** What a database's machine does, each minute: memory, disks and processes, as RDS Enhanced Monitoring writes them. Source: Amazon RDS User Guide. */
import type { Compilation } from "./compilation.ts";
import type { NamedDatabase } from "./inventory.ts";
import type { Here } from "./value.ts";

/** The longest that RDS offers. */
const intervalSeconds = 60;

/** One that pauses is left alone: it is asleep most of the time. */
function isMonitored({ hardened }: Pick<Compilation, "hardened">, { declared }: NamedDatabase): boolean {
  return hardened.monitoring && !(declared.kind === "aurora" && declared.options.capacity?.min === 0);
}

/** The role in whose name RDS writes, and the properties of an instance that say so. */
export function buildMonitoring(compilation: Compilation, named: NamedDatabase): (here: Here) => object {
  if (!isMonitored(compilation, named)) return () => ({});
  const { override: _, ...origin } = compilation.origin(named);
  const role = compilation.draft.add("database", `${named.id}MonitoringRole`, origin, () => ({
    Type: "AWS::IAM::Role",
    Properties: {
      AssumeRolePolicyDocument: {
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Principal: { Service: "monitoring.rds.amazonaws.com" },
            Action: "sts:AssumeRole",
            Condition: { StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } } },
          },
        ],
      },
      ManagedPolicyArns: [{ "Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole" }],
    },
  }));
  return (here) => ({ MonitoringInterval: intervalSeconds, MonitoringRoleArn: here.take(role.attribute("Arn")) });
}
