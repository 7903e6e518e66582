/** A system asks for no more CPU than a new account has on Fargate. */
import { asNumber } from "../facts.ts";
import type { Rule } from "../rule.ts";
import { scalableTargetOf } from "../scalable-targets.ts";

const types = ["AWS::ECS::Service"];

export const rule: Rule = {
  id: "fargate-cpu-quota",
  severity: "medium",
  controls: [],
  types,
  reason: "A new account has 6 vCPU of Fargate on demand; tasks beyond that do not start.",
  remedy: "Raise the quota L-3032A538 before the deploy, or make tasks smaller.",
  find: (facts) => {
    const services = facts.ofType(...types);
    let total = 0;
    for (const service of services) {
      const cpu = asNumber(facts.named(service.properties["TaskDefinition"])?.properties["Cpu"]) ?? 0;
      const most = scalableTargetOf(facts, service)?.properties["MaxCapacity"];
      total += (cpu / 1024) * (asNumber(most) ?? asNumber(service.properties["DesiredCount"]) ?? 1);
    }
    return total > 6 ? [{ stack: services[0]!.stack, what: `services ask for up to ${total} vCPU` }] : [];
  },
};
