/** Disks of the newer kind. Of databases the price is the same, and what they do is more. */
import type { FindSavings } from "./saving.ts";
import { savedBy } from "./other-price.ts";

export const gp3: FindSavings = ({ estimate: { lines }, overlay }) => {
  const saves = savedBy(
    lines,
    ({ price: { service, item } }) => (/\bgp2\b/.test(item) ? [service, item.replace("gp2", "gp3")] : undefined),
    overlay,
  );
  if (saves === undefined) return [];
  return [
    { what: "gp3 instead of gp2", saves, tradeOff: "none: 3,000 IOPS are included; a database changes in place, slowly for some hours" },
  ];
};
