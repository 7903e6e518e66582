/** Operations on the targets of a rule. */
import type { Target } from "@aws-sdk/client-eventbridge";
import { pageOf } from "../../../paging.ts";
import { operation } from "../../../service.ts";
import { requireBus } from "../bus.ts";
import { check, invalidNextToken, limitExceeded } from "../errors.ts";
import { forget } from "../life.ts";
import { keepRule, mostTargets, requireRule } from "../rule.ts";
import { checkTarget } from "../target.ts";

/** A target under an id that is there already takes its place. All are taken, or none. */
export const putTargets = operation("events", "PutTargets", (input, context) => {
  const given = input.Targets as Target[];
  check({ targets: [given, { length: [1, 100] }] });
  const { name: bus } = requireBus(context, input.EventBusName);
  const rule = requireRule(context, bus, input.Rule);
  for (const [index, target] of given.entries()) checkTarget(target, `targets.${index + 1}.member`);
  const ids = new Set(given.map(({ Id }) => Id));
  const targets = [...rule.targets.filter(({ Id }) => !ids.has(Id)), ...given];
  if (targets.length > mostTargets) throw limitExceeded("The requested resource exceeds the maximum number allowed.");
  keepRule(context, { ...rule, targets });
  return { FailedEntryCount: 0, FailedEntries: [] };
});

export const removeTargets = operation("events", "RemoveTargets", ({ Rule, EventBusName, Ids }, context) => {
  check({ ids: [Ids, { length: [1, 100] }] });
  const rule = requireRule(context, requireBus(context, EventBusName).name, Rule);
  const gone = new Set(Ids);
  keepRule(context, { ...rule, targets: rule.targets.filter(({ Id }) => !gone.has(Id!)) });
  for (const id of gone) forget(context, rule.arn, id);
  return { FailedEntryCount: 0, FailedEntries: [] };
});

export const listTargetsByRule = operation("events", "ListTargetsByRule", ({ Rule, EventBusName, Limit, NextToken }, context) => {
  check({ limit: [Limit, { range: [1, 100] }] });
  const { name: bus } = requireBus(context, EventBusName);
  const { targets } = requireRule(context, bus, Rule);
  const { items, nextToken } = pageOf(
    targets.toSorted((a, b) => (a.Id! < b.Id! ? -1 : 1)),
    { size: Limit ?? 100, token: NextToken, keyOf: ({ Id }) => Id!, query: `targets ${bus} ${Rule}`, invalid: invalidNextToken },
  );
  return { Targets: items, ...(nextToken !== undefined && { NextToken: nextToken }) };
});
