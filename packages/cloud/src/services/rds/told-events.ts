/** What RDS tells EventBridge: all that DescribeEvents answers, with the ids of its messages where they are published. Source: Amazon RDS User Guide, "Amazon RDS event categories and event messages". */
import type { Cloud } from "../../cloud.ts";
import { tellEvent } from "../../runtime/service-events.ts";
import type { RdsEvent, SourceType } from "./event.ts";

const detailTypes: Readonly<Record<SourceType, string>> = {
  "db-instance": "RDS DB Instance Event",
  "db-cluster": "RDS DB Cluster Event",
  "db-snapshot": "RDS DB Snapshot Event",
  "db-parameter-group": "RDS DB Parameter Group Event",
};

const ids: readonly [message: RegExp, id: string][] = [
  [/^Backing up DB instance/u, "RDS-EVENT-0001"],
  [/^Finished DB Instance backup/u, "RDS-EVENT-0002"],
  [/^DB instance deleted/u, "RDS-EVENT-0003"],
  [/^DB instance shutdown/u, "RDS-EVENT-0004"],
  [/^DB instance created/u, "RDS-EVENT-0005"],
  [/^DB instance restarted/u, "RDS-EVENT-0006"],
  [/^Multi-AZ instance failover started/u, "RDS-EVENT-0013"],
  [/^Reset master credentials/u, "RDS-EVENT-0016"],
  [/^Restored to /u, "RDS-EVENT-0019"],
  [/^Recovery of the DB instance is complete/u, "RDS-EVENT-0021"],
  [/^Applying modification to convert to a Multi-AZ/u, "RDS-EVENT-0024"],
  [/^The DB instance failed/u, "RDS-EVENT-0031"],
  [/^Creating manual snapshot/u, "RDS-EVENT-0040"],
  [/^Manual snapshot created/u, "RDS-EVENT-0042"],
  [/^Restored from snapshot/u, "RDS-EVENT-0043"],
  [/^Multi-AZ instance failover completed/u, "RDS-EVENT-0049"],
  [/^Completed failover to DB instance/u, "RDS-EVENT-0071"],
  [/^Started same AZ failover/u, "RDS-EVENT-0072"],
  [/^Started cross AZ failover/u, "RDS-EVENT-0073"],
  [/^DB instance stopped/u, "RDS-EVENT-0087"],
  [/^DB instance started/u, "RDS-EVENT-0088"],
  [/^Creating automated snapshot/u, "RDS-EVENT-0090"],
  [/^Automated snapshot created/u, "RDS-EVENT-0091"],
  [/^DB cluster stopped/u, "RDS-EVENT-0150"],
  [/^DB cluster started/u, "RDS-EVENT-0151"],
  [/^DB cluster deleted/u, "RDS-EVENT-0171"],
];

export function tell(cloud: Cloud, region: string, { source, type, arn, message, categories }: RdsEvent): void {
  const id = ids.find(([known]) => known.test(message))?.[1];
  tellEvent(cloud, region, {
    source: "aws.rds",
    detailType: detailTypes[type],
    resources: [arn],
    detail: {
      EventCategories: categories,
      SourceType: type.replaceAll("-", "_").toUpperCase().replace("DB_CLUSTER", "CLUSTER").replace("DB_SNAPSHOT", "SNAPSHOT"),
      SourceArn: arn,
      Date: new Date(cloud.world.clock.nowMs()),
      Message: message,
      SourceIdentifier: source,
      ...(id !== undefined && { EventID: id }),
    },
  });
}
