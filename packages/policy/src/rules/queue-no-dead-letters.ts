/** Messages that fail again and again are set aside. */
import { asRecord } from "../facts.ts";
import type { Rule } from "../rule.ts";

const types = ["AWS::SQS::Queue"];

export const rule: Rule = {
  id: "queue-no-dead-letters",
  severity: "low",
  controls: [],
  types,
  reason: "One bad message is tried until it expires, and holds up the others.",
  remedy: "Name a dead-letter queue in RedrivePolicy.",
  find({ ofType, named }) {
    const queues = ofType(...types);
    const dead = new Set(queues.map(({ properties }) => named(asRecord(properties["RedrivePolicy"])["deadLetterTargetArn"])?.id));
    return queues.flatMap((resource) =>
      resource.properties["RedrivePolicy"] === undefined && !dead.has(resource.id)
        ? [{ resource, what: "it has no dead-letter queue" }]
        : [],
    );
  },
};
