/** Containers do not own the machine under them. */
import { asRecords, isTrue } from "../facts.ts";
import { each, type Rule } from "../rule.ts";

const types = ["AWS::ECS::TaskDefinition"];

export const rule: Rule = {
  id: "container-privileged",
  severity: "high",
  controls: ["ECS.3", "ECS.4"],
  types,
  reason: "Whoever breaks into the container has the machine.",
  remedy: "Leave out Privileged, PidMode and IpcMode.",
  find: each(types, ({ properties }) => {
    const privileged = asRecords(properties["ContainerDefinitions"])
      .filter((one) => isTrue(one["Privileged"]))
      .map((one) => String(one["Name"]));
    if (privileged.length > 0) return `${privileged.join(", ")} is privileged`;
    return properties["PidMode"] === "host" && "it sees the processes of its host";
  }),
};
