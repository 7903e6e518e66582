/** Alarms on everything in the inventory, and the topic that they write to. Source: aws-recipes §8. */
import { rulesFor, type Watched } from "./alarm-rules.ts";
import { deleted, type Compilation } from "./compilation.ts";
import type { Named } from "./inventory.ts";
import { encryptedTopic } from "./stage-key.ts";
import type { Made } from "./value.ts";

/** The alarms, and the topic that they write to. */
export function buildAlarms(compilation: Compilation, named: Named<"alarms">, watched: Watched): { topic: Made } {
  const { draft, stem } = compilation;
  const { options } = named.declared;
  const origin = compilation.origin(named);
  const topic = draft.add("messaging", `${named.id}Topic`, { ...origin, part: "Topic" }, (here) => ({
    Type: "AWS::SNS::Topic",
    Properties: { TopicName: `${stem}-${named.kebab}`, DisplayName: stem, ...encryptedTopic(here, compilation.key) },
  }));
  const emails = [options.email ?? []].flat();
  emails.forEach((email, i) => {
    draft.add("messaging", `${named.id}Email${i === 0 ? "" : i + 1}`, origin, (here) => ({
      Type: "AWS::SNS::Subscription",
      Properties: { TopicArn: here.take(topic.ref()), Protocol: "email", Endpoint: email },
    }));
  });
  for (const rule of rulesFor(options, watched)) {
    draft.add("observability", `${rule.id}Alarm`, { ...origin, key: rule.key }, (here) => ({
      Type: "AWS::CloudWatch::Alarm",
      ...deleted,
      Properties: {
        AlarmDescription: rule.description,
        ...rule.measured(here),
        EvaluationPeriods: rule.periods,
        DatapointsToAlarm: rule.breaching ?? rule.periods,
        ComparisonOperator: rule.comparison,
        Threshold: rule.threshold,
        TreatMissingData: rule.missing,
        AlarmActions: [here.take(topic.ref())],
        OKActions: [here.take(topic.ref())],
      },
    }));
  }
  return { topic };
}
