/** AWS::SSM::Parameter: free, but for the advanced tier. */
import type { PricedType } from "../priced-type.ts";
import { text } from "../reading.ts";

export const parameter: PricedType = {
  price({ properties }, desk) {
    if (text(properties, "Tier") !== "Advanced") return;
    desk.charge({ item: "advanced parameter", price: ["ssm", "advancedParameter"], quantity: 1, detail: "advanced parameter" });
  },
};
