/** AWS::CloudWatch::Dashboard. */
import type { PricedType } from "../priced-type.ts";

export const dashboard: PricedType = {
  shared: true,
  price(_, desk) {
    desk.charge({ item: "dashboard", price: ["cloudwatch", "dashboard"], quantity: 1, detail: "dashboard" });
  },
};
