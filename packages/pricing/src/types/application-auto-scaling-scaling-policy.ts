/** AWS::ApplicationAutoScaling::ScalingPolicy: following a target makes two alarms, of which no template tells. */
import type { PricedType } from "../priced-type.ts";
import { text } from "../reading.ts";

export const scalingPolicy: PricedType = {
  price({ properties }, desk) {
    if (text(properties, "PolicyType") !== "TargetTrackingScaling") return;
    desk.charge({
      item: "alarms of scaling",
      price: ["cloudwatch", "alarm.standard"],
      quantity: 2,
      detail: "2 alarms of scaling",
    });
  },
};
