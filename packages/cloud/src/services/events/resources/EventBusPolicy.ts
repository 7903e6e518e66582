/** AWS::Events::EventBusPolicy: one statement of a bus's policy. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { AwsError } from "../../../aws-error.ts";
import { resource } from "../../../resource.ts";
import type { Call } from "../../../service.ts";

type Properties = ResourceProperties["AWS::Events::EventBusPolicy"];

interface Policy {
  Version?: string;
  Statement: { Sid?: string }[];
}

/** A statement given whole takes the place of the one under its id, among the others. */
async function put(call: Call, { EventBusName, StatementId, Statement, Action, Principal, Condition }: Properties): Promise<void> {
  const at = EventBusName === undefined ? {} : { EventBusName };
  if (Statement === undefined) {
    await call("events", "PutPermission", {
      ...at,
      StatementId,
      ...(Action !== undefined && { Action }),
      ...(Principal !== undefined && { Principal }),
      ...(Condition && { Condition: { Type: Condition.Type!, Key: Condition.Key!, Value: Condition.Value! } }),
    });
    return;
  }
  const { Policy: text } = await call("events", "DescribeEventBus", EventBusName === undefined ? {} : { Name: EventBusName });
  const before: Policy = text === undefined ? { Version: "2012-10-17", Statement: [] } : (JSON.parse(text) as Policy);
  const own = { Sid: StatementId, ...(Statement as object) };
  const policy = { ...before, Statement: [...before.Statement.filter(({ Sid }) => Sid !== StatementId), own] };
  await call("events", "PutPermission", { ...at, Policy: JSON.stringify(policy) });
}

const idOf = ({ EventBusName = "default", StatementId }: Properties) => `${EventBusName}|${StatementId}`;

export const eventBusPolicy = resource("AWS::Events::EventBusPolicy", {
  coverage: { real: ["Action", "Condition", "EventBusName", "Principal", "Statement", "StatementId"] },
  async create({ call, properties }) {
    await put(call, properties);
    return { physicalId: idOf(properties), attributes: {} };
  },
  async update({ call, properties, physicalId }) {
    await put(call, properties);
    return { physicalId, attributes: {} };
  },
  async delete({ call, properties: { EventBusName, StatementId } }) {
    try {
      await call("events", "RemovePermission", { ...(EventBusName !== undefined && { EventBusName }), StatementId });
    } catch (error) {
      if (!(error instanceof AwsError && error.code === "ResourceNotFoundException")) throw error;
    }
  },
});
