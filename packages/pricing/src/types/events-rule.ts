/** AWS::Events::Rule with a schedule that starts tasks on Fargate: their runs. What else a rule does is free but for the events that an application puts. */
import type { PricedType } from "../priced-type.ts";
import { map, maps } from "../reading.ts";
import { chargeRuns } from "./scheduler-schedule.ts";

export const eventRule: PricedType = {
  price({ properties }, desk) {
    if (properties["ScheduleExpression"] === undefined) return;
    for (const target of maps(properties, "Targets")) {
      const ecs = map(target, "EcsParameters");
      if (ecs) chargeRuns(desk, ecs);
    }
  },
};
