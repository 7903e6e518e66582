/** Containers cannot change their own programs. */
import { asRecords, isTrue } from "../facts.ts";
import { each, type Rule } from "../rule.ts";

const types = ["AWS::ECS::TaskDefinition"];

export const rule: Rule = {
  id: "container-writable",
  severity: "medium",
  controls: ["ECS.5"],
  types,
  reason: "Whoever breaks in may leave something behind until the task ends.",
  remedy: "Set ReadonlyRootFilesystem to true; give it a volume for what it writes.",
  find: each(types, ({ properties }) => {
    const writable = asRecords(properties["ContainerDefinitions"])
      .filter((one) => !isTrue(one["ReadonlyRootFilesystem"]))
      .map((one) => String(one["Name"]));
    return writable.length > 0 && `${writable.join(", ")} may write to its own file system`;
  }),
};
