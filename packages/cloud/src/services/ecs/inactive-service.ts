/** Deleted services: inactive, and answered for a while, as on AWS. */
import type { Scope } from "./names.ts";
import { forgetTimers } from "./retention.ts";
import { findService, removeService, saveService, type ServiceRecord } from "./service.ts";

const keptMs = 3_600_000;

/** The last step of a deletion: nothing of the service runs any more. */
export function retire(scope: Scope, service: ServiceRecord): void {
  service.status = "INACTIVE";
  saveService(scope, service);
  forgetInactive(scope, service);
}

export function forgetInactive(scope: Scope, service: ServiceRecord | undefined): void {
  if (service?.status !== "INACTIVE") return;
  const timers = forgetTimers(scope.cloud);
  const key = `service ${scope.region} ${service.cluster}/${service.name}`;
  timers.get(key)?.();
  timers.set(
    key,
    scope.cloud.world.clock.after(keptMs, () => {
      timers.delete(key);
      if (findService(scope, service.cluster, service.name)?.status === "INACTIVE") removeService(scope, service);
    }),
  );
}
