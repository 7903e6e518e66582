/** What databases write into CloudWatch Logs beside the groups that a template holds. */
import { times } from "./columns.ts";
import type { Desk } from "./priced-type.ts";
import { figure, list, text } from "./reading.ts";
import type { SetResource } from "./stack-set.ts";

type Properties = SetResource["properties"];

/** Enhanced Monitoring: so many figures of the machine and its processes, every so many seconds. */
export function chargeMonitoring(properties: Properties, desk: Desk): void {
  const intervalSeconds = figure(properties, "MonitoringInterval") ?? 0;
  if (intervalSeconds === 0) return;
  desk.charge({
    item: "Enhanced Monitoring",
    price: ["cloudwatch", "logs.ingest"],
    quantity: times(desk.expect("monitoringGB"), 60 / intervalSeconds),
    detail: `monitored every ${intervalSeconds} seconds`,
  });
}

/** The server's log, in a group that RDS makes; where the template holds it, it is charged there. */
export function chargeServerLog(properties: Properties, desk: Desk, kind: "instance" | "cluster"): void {
  if (list(properties, "EnableCloudwatchLogsExports").length === 0) return;
  const groups = desk.set.ofType("AWS::Logs::LogGroup").map((group) => text(group.properties, "LogGroupName") ?? "");
  if (groups.some((name) => name.startsWith(`/aws/rds/${kind}/`))) return;
  desk.charge({
    item: "log ingest",
    price: ["cloudwatch", "logs.ingest"],
    quantity: desk.expect("taskLogGB"),
    detail: "the server's log, in a group that RDS makes",
  });
}
