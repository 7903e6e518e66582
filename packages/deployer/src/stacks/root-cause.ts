/** Which event made a stack fail. CloudFormation reports the fault once and its echoes many times. */
import type { StackEvent } from "./stack-events.ts";

const echoes = [
  /^Resource (creation|update|deletion) cancelled/i,
  /^The following resource\(s\) failed to/i,
  /^(Rollback|Update rollback) requested by user/i,
  /^Transformation canceled/i,
];

/** The failures that are no echo of another, oldest first: the first is the cause. */
export function rootCauses(events: readonly StackEvent[]): StackEvent[] {
  const failed = events.filter(({ status }) => status.endsWith("_FAILED"));
  const causes = failed.filter(
    ({ reason, resourceType }) => !echoes.some((echo) => echo.test(reason ?? "")) && resourceType !== "AWS::CloudFormation::Stack",
  );
  return causes.length > 0 ? causes : failed.slice(0, 1);
}
