/** Valkey instead of Redis. */
import type { FindSavings } from "./saving.ts";
import { savedBy } from "./other-price.ts";

export const valkey: FindSavings = ({ estimate: { lines }, overlay }) => {
  const saves = savedBy(
    lines,
    ({ price: { service, item } }) =>
      service === "elasticache.redis" && item.startsWith("cache.") ? ["elasticache.valkey", item] : undefined,
    overlay,
  );
  return saves ? [{ what: "Valkey instead of Redis", saves, tradeOff: "speaks Redis 7.2; modules that only Redis has are missing" }] : [];
};
