/** Tasks on spare capacity, where nobody relies on the stage. */
import type { FindSavings } from "./saving.ts";
import { savedBy } from "./other-price.ts";

export const spot: FindSavings = ({ estimate: { lines }, overlay, production }) => {
  const saves = savedBy(
    lines,
    ({ price: { service, item } }) => (service === "fargate" && /^(?:x86|arm)\./.test(item) ? [service, `spot.${item}`] : undefined),
    overlay,
  );
  const where = production
    ? "only for programs that can be ended at any moment: AWS gives two minutes' notice"
    : "AWS may end a task with two minutes' notice";
  return saves ? [{ what: "tasks on Fargate Spot", saves, tradeOff: `${where}, and its price floats` }] : [];
};
