/** AWS::Scheduler::Schedule that starts a task on Fargate: its runs; the schedule itself is free up to millions of calls. */
import { product, times } from "../columns.ts";
import type { Desk, PricedType } from "../priced-type.ts";
import { map } from "../reading.ts";
import { chargeTasks, spotShare, taskSize } from "./ecs-service.ts";

export const schedule: PricedType = {
  price({ properties }, desk) {
    const ecs = map(map(properties, "Target"), "EcsParameters");
    if (ecs) chargeRuns(desk, ecs);
  },
};

/** The runs of a task that the clock starts, as often and as long as is expected of it. */
export function chargeRuns(desk: Desk, ecs: Readonly<Record<string, unknown>>): void {
  const definition = desk.set.named(ecs["TaskDefinitionArn"]).find(({ type }) => type === "AWS::ECS::TaskDefinition");
  if (!definition) return desk.unknown("the task that it starts is not among the templates");
  const size = taskSize(definition);
  if (typeof size === "string") return desk.unknown(size);
  const hours = times(product(desk.expect("runsPerMonth"), desk.expect("runMinutes")), 1 / 60);
  chargeTasks(desk, size, hours, "scheduled", spotShare(ecs) ?? 0);
}
