/** Tasks on ARM instead of x86. */
import type { FindSavings } from "./saving.ts";
import { savedBy } from "./other-price.ts";

export const graviton: FindSavings = ({ estimate: { lines }, overlay }) => {
  const saves = savedBy(
    lines,
    ({ price: { service, item } }) =>
      service === "fargate" && item.includes("x86.") ? [service, item.replace("x86.", "arm.")] : undefined,
    overlay,
  );
  return saves ? [{ what: "tasks on ARM (Graviton)", saves, tradeOff: "images must be built for arm64" }] : [];
};
