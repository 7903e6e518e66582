/** Containers are not told to run as root. */
import { asRecords } from "../facts.ts";
import { each, type Rule } from "../rule.ts";

const types = ["AWS::ECS::TaskDefinition"];

export const rule: Rule = {
  id: "container-root",
  severity: "low",
  controls: ["ECS.20"],
  types,
  reason: "A fault in the program is then a fault of root.",
  remedy: "Leave out User, and let the image name another one than root.",
  find: each(types, ({ properties }) => {
    const root = asRecords(properties["ContainerDefinitions"])
      .filter((one) => /^(?:root|0)(?::|$)/.test(String(one["User"] ?? "")))
      .map((one) => String(one["Name"]));
    return root.length > 0 && `${root.join(", ")} runs as root`;
  }),
};
