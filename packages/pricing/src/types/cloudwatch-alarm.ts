/** AWS::CloudWatch::Alarm and CompositeAlarm: by the metrics that it watches. */
import type { PricedType } from "../priced-type.ts";
import { figure, map, maps } from "../reading.ts";

export const alarm: PricedType = {
  price({ properties }, desk) {
    const watched = maps(properties, "Metrics").filter((one) => map(one, "MetricStat") !== undefined);
    const count = Math.max(1, watched.length);
    const period = Math.min(figure(properties, "Period") ?? 60, ...watched.map((one) => figure(map(one, "MetricStat"), "Period") ?? 60));
    desk.charge({
      item: "alarm",
      price: ["cloudwatch", period < 60 ? "alarm.highResolution" : "alarm.standard"],
      quantity: count,
      detail: "alarm",
    });
  },
};
