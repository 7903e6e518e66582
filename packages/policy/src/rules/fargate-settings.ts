/** A task definition has what Fargate needs, and nothing it refuses. */
import { asList, asNumber, asRecord, asRecords } from "../facts.ts";
import { each, type Rule } from "../rule.ts";

const types = ["AWS::ECS::TaskDefinition"];

export const rule: Rule = {
  id: "fargate-settings",
  severity: "high",
  controls: [],
  types,
  reason: "ECS refuses the task definition, or to run it.",
  remedy: "NetworkMode awsvpc, EphemeralStorage 21 to 200 GiB, at most 10 containers, StopTimeout at most 120 seconds.",
  find: each(types, ({ properties }) => {
    if (!asList(properties["RequiresCompatibilities"]).includes("FARGATE")) return undefined;
    if (properties["NetworkMode"] !== "awsvpc") return "NetworkMode is not awsvpc";
    const containers = asRecords(properties["ContainerDefinitions"]);
    if (containers.length > 10) return `it has ${containers.length} containers, and ECS takes 10`;
    const disk = asNumber(asRecord(properties["EphemeralStorage"])["SizeInGiB"]);
    if (disk !== undefined && (disk < 21 || disk > 200)) return `EphemeralStorage is ${disk} GiB`;
    const late = containers.find((one) => (asNumber(one["StopTimeout"]) ?? 0) > 120);
    return late && `StopTimeout of ${String(late["Name"])} is more than 120 seconds`;
  }),
};
