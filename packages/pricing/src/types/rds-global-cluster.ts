/** AWS::RDS::GlobalCluster: writes that are replicated to other regions, and the data of it; the clusters are priced themselves. */
import { times, written } from "../columns.ts";
import type { PricedType } from "../priced-type.ts";

export const globalCluster: PricedType = {
  price(_, desk) {
    const requests = desk.expect("databaseIoRequests");
    desk.charge({
      item: "replicated writes",
      price: ["aurora.postgres", "globalDb.replicatedWriteIo"],
      quantity: times(requests, 1e-6),
      detail: "writes replicated to other regions",
    });
    const data = desk.expect("replicatedGB");
    desk.charge({
      item: "data between regions",
      price: ["dataTransfer", "interRegion"],
      quantity: data,
      detail: `${written(data.expected)} GB to other regions`,
    });
  },
};
