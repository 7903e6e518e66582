/** AWS::KMS::Key and ReplicaKey: a key of one's own, by month, and its requests. */
import { times } from "../columns.ts";
import type { PricedType } from "../priced-type.ts";

export const key: PricedType = {
  price(_, desk) {
    desk.charge({ item: "KMS key", price: ["kms", "customerKey"], quantity: 1, detail: "key of one's own" });
    desk.charge({
      item: "KMS requests",
      price: ["kms", "requests"],
      quantity: times(desk.expect("keyRequests"), 1e-4),
      detail: "requests",
    });
  },
};
