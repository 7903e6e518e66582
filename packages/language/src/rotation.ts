/** How often a login or a token is changed by itself. */
import type { Days } from "./duration.ts";

/**
 * A span, 4 hours to 999 days (Secrets Manager rotates in a window that opens at midnight UTC), or a cron expression in UTC with six fields, whose
 * first is 0: `{ cron: "0 3 ? * SUN *" }`.
 */
export type RotationInterval = Days | `${number} hours` | { readonly cron: string };
