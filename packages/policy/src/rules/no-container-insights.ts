/** Clusters in production tell how their tasks are. */
import { asRecords } from "../facts.ts";
import { each, type Rule } from "../rule.ts";

const types = ["AWS::ECS::Cluster"];

export const rule: Rule = {
  id: "no-container-insights",
  severity: "low",
  controls: ["ECS.12"],
  production: true,
  types,
  reason: "Memory, starts and stops of tasks are not seen.",
  remedy: "Set containerInsights to enabled; it costs by metric.",
  find: each(
    types,
    ({ properties }) =>
      !asRecords(properties["ClusterSettings"]).some(
        ({ Name, Value }) => Name === "containerInsights" && ["enabled", "enhanced"].includes(String(Value)),
      ) && "containerInsights is not enabled",
  ),
};
