/** AddPermission and RemovePermission: statements of a topic's policy, by label. */
import { operation } from "../../../service.ts";
import { invalidParameter } from "../errors.ts";
import { findTopic, policyOf, topicActions, topics } from "../topics.ts";

/** What a statement may let others do; the default policy has all but the last. */
const actions = [...topicActions, "Receive"];

interface Policy {
  Statement: { Sid?: string }[];
}

export const addPermission = operation("sns", "AddPermission", (input, context) => {
  const topic = findTopic(context, input.TopicArn);
  const policy = JSON.parse(policyOf(topic, context.account)) as Policy;
  if (policy.Statement.some(({ Sid }) => Sid === input.Label)) throw invalidParameter("Statement already exists");
  if (input.ActionName.some((name) => !actions.includes(name))) throw invalidParameter("Policy statement action out of service scope!");
  if (input.AWSAccountId.some((id) => !/^\d{12}$/u.test(id))) throw invalidParameter("Policy Error: PrincipalNotFound");
  const oneOrAll = (all: string[]) => (all.length === 1 ? all[0]! : all);
  const statement = {
    Sid: input.Label,
    Effect: "Allow",
    Principal: { AWS: oneOrAll(input.AWSAccountId.map((id) => `arn:aws:iam::${id}:root`)) },
    Action: oneOrAll(input.ActionName.map((name) => `SNS:${name}`)),
    Resource: topic.arn,
  };
  const next = { ...policy, Statement: [...policy.Statement, statement] };
  topics(context.cloud).put(context.region, topic.name, { ...topic, policy: JSON.stringify(next) });
  return {};
});

export const removePermission = operation("sns", "RemovePermission", (input, context) => {
  const topic = findTopic(context, input.TopicArn);
  const policy = JSON.parse(policyOf(topic, context.account)) as Policy;
  const Statement = policy.Statement.filter(({ Sid }) => Sid !== input.Label);
  topics(context.cloud).put(context.region, topic.name, { ...topic, policy: JSON.stringify({ ...policy, Statement }) });
  return {};
});
