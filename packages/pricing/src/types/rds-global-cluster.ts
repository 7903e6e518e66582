/** AWS::RDS::GlobalCluster: writes that are replicated to other regions; the clusters are priced themselves. */
import { times } from "../columns.ts";
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
    desk.unknown("the data that replication sends between regions is not counted");
  },
};
