/** Brings a target between its bounds when they are set: at no other time, so a count set by hand outside of them stays until then. */
import { scaleTo } from "./activities.ts";
import { capacityOf } from "./capacity.ts";
import type { At, TargetRecord } from "./targets.ts";

export async function enforceBounds(at: At, target: TargetRecord): Promise<void> {
  const capacity = await capacityOf(at, target);
  if (!capacity) return;
  if (capacity.desired < target.min) await scaleTo(at, target, target.min, `minimum capacity was set to ${target.min}`);
  else if (capacity.desired > target.max) await scaleTo(at, target, target.max, `maximum capacity was set to ${target.max}`);
}
