/** AWS::EC2::FlowLog: what is logged depends on the traffic; the log group it goes to says what is assumed of it. */
import type { PricedType } from "../priced-type.ts";
import { text } from "../reading.ts";

export const flowLog: PricedType = {
  shared: true,
  price({ properties }, desk) {
    if (text(properties, "LogDestinationType") === "s3") {
      desk.charge({
        item: "flow log to S3",
        price: ["cloudwatch", "logs.vendedToS3"],
        quantity: desk.expect("logGB"),
        detail: "flow log to S3",
      });
    }
  },
};
