/** A stage that people work with stands still when they do not: ten hours on five days remain. */
import type { FindSavings } from "./saving.ts";

const awake = (10 * 5) / (24 * 7);

/** What `plinth stop` really ends: tasks with their addresses, and database instances; storage and caches go on. */
const ends = (service: string, item: string) =>
  service === "fargate" ||
  (service === "rds.postgres" && item.startsWith("db.")) ||
  (service === "aurora.postgres" && item.startsWith("db."));

export const nights: FindSavings = ({ estimate: { lines }, production }) => {
  if (production) return [];
  const all = lines.filter(({ price }) => ends(price.service, price.item)).reduce((total, { expected }) => total + expected, 0);
  if (all === 0) return [];
  return [
    {
      what: "stopped at night and on weekends (plinth stop, plinth start)",
      saves: all * (1 - awake),
      tradeOff: "nobody can use it then; starting takes minutes; storage, cache and gateways go on costing",
    },
  ];
};
