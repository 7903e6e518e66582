/** The policy on a function: who may call it, beside those whose own policies say so. */
import type { PermissionStatement } from "./function.ts";

/** `undefined` where nobody was given a permission. */
export const functionPolicy = ({ permissions }: { permissions: readonly PermissionStatement[] }): string | undefined =>
  permissions.length === 0 ? undefined : JSON.stringify({ Version: "2012-10-17", Id: "default", Statement: permissions });
