/** What a container writes is kept. */
import { asRecords } from "../facts.ts";
import { each, type Rule } from "../rule.ts";

const types = ["AWS::ECS::TaskDefinition"];

export const rule: Rule = {
  id: "container-no-log",
  severity: "high",
  controls: ["ECS.9"],
  types,
  reason: "When it fails nobody can say why.",
  remedy: "Set LogConfiguration.",
  find: each(types, ({ properties }) => {
    const silent = asRecords(properties["ContainerDefinitions"])
      .filter((one) => one["LogConfiguration"] === undefined)
      .map((one) => String(one["Name"]));
    return silent.length > 0 && `${silent.join(", ")} has no LogConfiguration`;
  }),
};
