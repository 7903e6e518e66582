/** The execution role of a schedule, assumed as `scheduler.amazonaws.com` on behalf of the schedule's group. */
import { AwsError } from "../../aws-error.ts";
import { mayAssume, roleByArn, sessionOf } from "../../identity/assume-role.ts";
import { servicePrincipal } from "../../identity/principal.ts";
import type { Call } from "../../service.ts";
import { groupArn } from "./group.ts";
import type { Place } from "./place.ts";

const roleOf = (place: Place, roleArn: string, group: string) => {
  const { cloud, account, region } = place;
  const role = roleByArn(cloud, roleArn);
  // `aws:SourceArn` is the group's. Source: EventBridge Scheduler User Guide, "Confused deputy prevention".
  return role && mayAssume(cloud, role, servicePrincipal(account, "scheduler.amazonaws.com", groupArn(place, group)), region)
    ? role
    : undefined;
};

export const assumableBy = (place: Place, roleArn: string, group: string): boolean => roleOf(place, roleArn, group) !== undefined;

/** Calls as that role. Throws AccessDenied when it is gone, or does not trust Scheduler any more. */
export function callAs(place: Place, roleArn: string, group: string, executionId: string): Call {
  const role = roleOf(place, roleArn, group);
  if (!role) throw new AwsError("AccessDeniedException", `EventBridge Scheduler is not allowed to assume the role ${roleArn}.`, 403);
  return place.cloud.as(sessionOf(place.cloud, role, executionId), place.region);
}
