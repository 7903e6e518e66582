/** AWS::DynamoDB::Table on demand: reads, writes, what is stored. */
import { times, written } from "../columns.ts";
import type { PricedType } from "../priced-type.ts";
import { text } from "../reading.ts";

export const table: PricedType = {
  price({ properties }, desk) {
    const size = desk.expect("tableGB");
    desk.charge({ item: "DynamoDB storage", price: ["dynamodb", "storage"], quantity: size, detail: `${written(size.expected)} GB` });
    if (text(properties, "BillingMode") !== "PAY_PER_REQUEST") return desk.unknown("provisioned capacity has no prices here");
    const reads = times(desk.expect("tableRequests"), 1e-6);
    desk.charge({ item: "DynamoDB reads", price: ["dynamodb", "onDemandRead"], quantity: reads, detail: "reads" });
    const writes = times(desk.expect("tableRequests"), 1e-7);
    desk.charge({ item: "DynamoDB writes", price: ["dynamodb", "onDemandWrite"], quantity: writes, detail: "writes" });
  },
};
