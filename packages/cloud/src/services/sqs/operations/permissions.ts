/** AddPermission and RemovePermission: statements of the queue's policy, by label. */
import { operation } from "../../../service.ts";
import { invalidParameter, missingParameter, overLimit } from "../errors.ts";
import { findQueue, putQueue, type Queue } from "../queue.ts";

/** What others may be allowed to do. Source: Amazon SQS API Reference, AddPermission. */
const shareable = new Set([
  "*",
  "SendMessage",
  "ReceiveMessage",
  "DeleteMessage",
  "ChangeMessageVisibility",
  "GetQueueAttributes",
  "GetQueueUrl",
  "ListDeadLetterSourceQueues",
  "PurgeQueue",
]);
const mostActions = 7;

interface Policy {
  Version: string;
  Id: string;
  Statement: { Sid?: string }[];
}

export const addPermission = operation("sqs", "AddPermission", (input, context) => {
  const queue = findQueue(context, input.QueueUrl);
  const { Label, AWSAccountIds, Actions } = input;
  if (!/^[\w-]{1,80}$/u.test(Label)) {
    throw invalidParameter(Label, "Label", "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length");
  }
  if (Actions.length === 0) throw missingParameter("Actions");
  if (AWSAccountIds.length === 0) throw invalidParameter("[]", "PrincipalId", "Unable to verify.");
  if (Actions.length > mostActions) throw overLimit(`${Actions.length} Actions were found, maximum allowed is ${mostActions}.`);
  const wrong = Actions.find((action) => !shareable.has(action));
  if (wrong !== undefined) {
    throw invalidParameter(`SQS:${wrong}`, "ActionName", "Only the queue owner is allowed to invoke this action.");
  }
  const stranger = AWSAccountIds.find((id) => !/^\d{12}$/u.test(id));
  if (stranger !== undefined) throw invalidParameter(stranger, "PrincipalId", "Unable to verify.");
  const policy = policyOf(queue) ?? { Version: "2008-10-17", Id: `${queue.arn}/SQSDefaultPolicy`, Statement: [] };
  if (policy.Statement.some(({ Sid }) => Sid === Label)) throw invalidParameter(Label, "Label", "Already exists.");
  const oneOrAll = (all: string[]) => (all.length === 1 ? all[0]! : all);
  const statement = {
    Sid: Label,
    Effect: "Allow",
    Principal: { AWS: oneOrAll(AWSAccountIds.map((id) => `arn:aws:iam::${id}:root`)) },
    Action: oneOrAll(Actions.map((action) => `SQS:${action}`)),
    Resource: queue.arn,
  };
  const Policy = JSON.stringify({ ...policy, Statement: [...policy.Statement, statement] });
  putQueue(context.cloud, { ...queue, attributes: { ...queue.attributes, Policy } });
  return {};
});

export const removePermission = operation("sqs", "RemovePermission", (input, context) => {
  const queue = findQueue(context, input.QueueUrl);
  const policy = policyOf(queue);
  const left = policy?.Statement.filter(({ Sid }) => Sid !== input.Label) ?? [];
  if (!policy || left.length === policy.Statement.length) throw invalidParameter(input.Label, "Label", "can't find label.");
  const { Policy: _, ...attributes } = queue.attributes;
  const kept = left.length > 0 && { Policy: JSON.stringify({ ...policy, Statement: left }) };
  putQueue(context.cloud, { ...queue, attributes: { ...attributes, ...kept } });
  return {};
});

function policyOf({ settings }: Queue): Policy | undefined {
  if (settings.policy === undefined) return undefined;
  const policy = JSON.parse(settings.policy) as Policy;
  return Array.isArray(policy.Statement) ? policy : { ...policy, Statement: [policy.Statement] };
}
