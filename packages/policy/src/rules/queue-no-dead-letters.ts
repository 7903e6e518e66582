/** Messages that fail again and again are set aside. */
import { asRecord } from "../facts.ts";
import { each, type Rule } from "../rule.ts";

const types = ["AWS::SQS::Queue"];

export const rule: Rule = {
  id: "queue-no-dead-letters",
  severity: "low",
  controls: [],
  types,
  reason: "One bad message is tried until it expires, and holds up the others.",
  remedy: "Name a dead-letter queue in RedrivePolicy.",
  find: each(types, (queue, { ofType, named }) => {
    const isDead = ofType("AWS::SQS::Queue").some(
      ({ properties }) => named(asRecord(properties["RedrivePolicy"])["deadLetterTargetArn"])?.id === queue.id,
    );
    return !isDead && queue.properties["RedrivePolicy"] === undefined && "it has no dead-letter queue";
  }),
};
