/** AWS::SecretsManager::Secret: by month, each replica as much again. */
import type { PricedType } from "../priced-type.ts";
import { list } from "../reading.ts";

export const secret: PricedType = {
  price({ properties }, desk) {
    const copies = 1 + list(properties, "ReplicaRegions").length;
    desk.charge({
      item: "secret",
      price: ["secretsManager", "secret"],
      quantity: copies,
      detail: copies === 1 ? "secret" : `secret with ${copies - 1} replicas`,
    });
  },
};
