/** What a database's machine does, each minute: memory, disks and processes, as RDS Enhanced Monitoring writes them. Source: Amazon RDS User Guide. */
import { sub, type Compilation } from "./compilation.ts";
import type { NamedDatabase } from "./inventory.ts";
import { buildRole } from "./role.ts";
import type { Here } from "./value.ts";

/** The longest that RDS offers. */
const intervalSeconds = 60;

/** The group into which RDS writes for all databases of a region. */
const metrics = (rest: string) => sub(`arn:\${AWS::Partition}:logs:\${AWS::Region}:\${AWS::AccountId}:log-group:RDS*${rest}`);

/** One that pauses is left alone: it is asleep most of the time. */
function isMonitored({ hardened }: Pick<Compilation, "hardened">, { declared }: NamedDatabase): boolean {
  return hardened.monitoring && !(declared.kind === "aurora" && declared.options.capacity?.min === 0);
}

/** The role in whose name RDS writes, and the properties of an instance that say so. */
export function buildMonitoring(compilation: Compilation, named: NamedDatabase): (here: Here) => object {
  if (!isMonitored(compilation, named)) return () => ({});
  const { override: _, ...origin } = compilation.origin(named);
  const role = buildRole(compilation, "database", `${named.id}MonitoringRole`, origin, {
    trusts: "monitoring.rds.amazonaws.com",
    trustCondition: { StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } } },
    policyName: "write",
    // What AWS's AmazonRDSEnhancedMonitoringRole allows, in this account and region alone.
    allows: () => [
      { Effect: "Allow", Action: ["logs:CreateLogGroup", "logs:PutRetentionPolicy"], Resource: metrics("") },
      {
        Effect: "Allow",
        Action: ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams", "logs:GetLogEvents"],
        Resource: metrics(":log-stream:*"),
      },
    ],
  });
  return (here) => ({ MonitoringInterval: intervalSeconds, MonitoringRoleArn: here.take(role.attribute("Arn")) });
}
