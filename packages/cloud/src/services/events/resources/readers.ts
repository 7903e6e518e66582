/** How what EventBridge has is read again. */
import { exact, type Readers } from "../../../resource.ts";
import { ruleOfId } from "./Rule.ts";

export const readers: Readers = {
  "AWS::Events::Rule": async ({ call, physicalId, properties }) => {
    const at = ruleOfId(physicalId);
    const { EventPattern, ...rule } = await call("events", "DescribeRule", at);
    const { Targets = [] } = await call("events", "ListTargetsByRule", { Rule: at.Name, EventBusName: at.EventBusName });
    return {
      ...rule,
      ScheduleExpression: rule.ScheduleExpression ?? null,
      EventPattern:
        EventPattern === undefined ? null : typeof properties.EventPattern === "string" ? EventPattern : exact(JSON.parse(EventPattern)),
      Targets: Targets.map(({ Id, Arn }) => ({ Id, Arn })),
    };
  },
  "AWS::Events::EventBus": async ({ call, physicalId: Name }) => ({
    ...(await call("events", "DescribeEventBus", { Name })),
    Policy: undefined,
  }),
  "AWS::Events::EventBusPolicy": async ({ call, properties: { EventBusName, StatementId } }) => {
    const { Policy = '{"Statement":[]}' } = await call(
      "events",
      "DescribeEventBus",
      EventBusName === undefined ? {} : { Name: EventBusName },
    );
    const { Statement } = JSON.parse(Policy) as { Statement: { Sid?: string }[] };
    return Statement.some(({ Sid }) => Sid === StatementId) ? { StatementId } : undefined;
  },
  "AWS::Events::Archive": async ({ call, physicalId: ArchiveName }) => {
    const { EventPattern: _, EventSourceArn, ...archive } = await call("events", "DescribeArchive", { ArchiveName });
    return { ...archive, SourceArn: EventSourceArn };
  },
  "AWS::Events::Connection": async ({ call, physicalId: Name }) => {
    const { AuthParameters: _, ...connection } = await call("events", "DescribeConnection", { Name });
    return connection;
  },
  "AWS::Events::ApiDestination": async ({ call, physicalId: Name }) => ({ ...(await call("events", "DescribeApiDestination", { Name })) }),
};
