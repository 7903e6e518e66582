/** What of the hardening a stage has. */
import type { Hardening } from "@plinth/language";

/** All of it in production stages, but for what the app leaves out; none elsewhere. */
export function hardeningOf(hardening: false | Hardening | undefined, production: boolean): Required<Hardening> {
  const on = production && hardening !== false;
  const {
    key = true,
    accessLogs = true,
    versions = true,
    monitoring = true,
    databaseLogs = true,
    managedPolicies = true,
    cacheSnapshots = true,
  } = hardening || {};
  return {
    key: on && key,
    accessLogs: on && accessLogs,
    versions: on && versions,
    monitoring: on && monitoring,
    databaseLogs: on && databaseLogs,
    managedPolicies: on && managedPolicies,
    cacheSnapshots: on && cacheSnapshots,
  };
}
