/** AWS::ElastiCache::ServerlessCache: what it holds by the hour, at least the engine's minimum, and what it processes. */
import { hoursPerMonth } from "../price-list.ts";
import type { PricedType } from "../priced-type.ts";
import { text } from "../reading.ts";

/** GB that are charged however little is kept. */
const leastGB: Record<string, number> = { valkey: 0.1, redis: 1 };

export const serverlessCache: PricedType = {
  price({ properties }, desk) {
    const engine = text(properties, "Engine") ?? "";
    const least = leastGB[engine];
    if (least === undefined) return desk.unknown(`the engine ${engine || "of a deploy"} has no prices here`);
    desk.charge({
      item: "ElastiCache Serverless data",
      price: [`elasticache.serverless.${engine}`, "gbHour"],
      quantity: least * hoursPerMonth,
      detail: `serverless ${engine}, the least of ${least} GB`,
    });
    desk.unknown("what it holds beyond the least, and what its commands process, is not counted");
  },
};
