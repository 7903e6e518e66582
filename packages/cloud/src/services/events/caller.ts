/** As whom a target is called: as the target's role, which has to trust EventBridge, or as EventBridge itself on behalf of the rule. */
import { AwsError } from "../../aws-error.ts";
import { mayAssume, roleByArn, sessionOf } from "../../identity/assume-role.ts";
import { servicePrincipal } from "../../identity/principal.ts";
import type { Call } from "../../service.ts";
import type { Place } from "./place.ts";

/** Throws AccessDenied where the role is gone, or does not trust EventBridge. */
export function callFor({ cloud, account, region }: Place, ruleArn: string, roleArn: string | undefined, inRegion = region): Call {
  const events = servicePrincipal(account, "events.amazonaws.com", ruleArn);
  if (roleArn === undefined) return cloud.as(events, inRegion);
  const role = roleByArn(cloud, roleArn);
  if (!role || !mayAssume(cloud, role, events, region)) {
    throw new AwsError("AccessDeniedException", `EventBridge is not allowed to assume the role ${roleArn}.`, 403);
  }
  return cloud.as(sessionOf(cloud, role, cloud.world.random.hex(32)), inRegion);
}
