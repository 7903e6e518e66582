/** AWS::KMS::Key and ReplicaKey: a key of one's own, by month. */
import type { PricedType } from "../priced-type.ts";

export const key: PricedType = {
  price(_, desk) {
    desk.charge({ item: "KMS key", price: ["kms", "customerKey"], quantity: 1, detail: "key of one's own" });
  },
};
