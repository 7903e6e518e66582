/** A service in production that takes requests runs twice. */
import { asList, asNumber } from "../facts.ts";
import { each, type Rule } from "../rule.ts";
import { scalableTargetOf } from "../scalable-targets.ts";

const types = ["AWS::ECS::Service"];

export const rule: Rule = {
  id: "single-task",
  severity: "medium",
  controls: [],
  production: true,
  types,
  reason: "When its one task, its machine or its zone fails, nobody answers.",
  remedy: "DesiredCount 2 or more: in the app scale: 2.",
  find: each(types, (service, facts) => {
    const { DesiredCount: count, LoadBalancers: balancers, SchedulingStrategy: strategy } = service.properties;
    const copies = asNumber(scalableTargetOf(facts, service)?.properties["MinCapacity"]) ?? asNumber(count) ?? 1;
    return asList(balancers).length > 0 && strategy !== "DAEMON" && copies === 1 && "one task takes all requests";
  }),
};
