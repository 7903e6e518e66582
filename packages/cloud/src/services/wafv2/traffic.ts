/** What comes of each inspected request: counts for CloudWatch, a sample, a line in the log. */
import type { Cloud } from "../../cloud.ts";
import type { InspectedRequest } from "../../runtime/firewall/firewall.ts";
import type { Outcome } from "../../runtime/firewall/outcome.ts";
import { countOutcome } from "./metrics.ts";
import { logRequest } from "./request-log.ts";
import { sampleRequest } from "./samples.ts";
import type { TrafficSource } from "./traffic-source.ts";

export function noteRequest(cloud: Cloud, source: TrafficSource, request: InspectedRequest, outcome: Outcome, nowMs: number): void {
  countOutcome(cloud, source, outcome);
  sampleRequest(cloud, source.acl.arn, request, outcome, nowMs);
  logRequest(cloud, source, request, outcome, nowMs);
}
