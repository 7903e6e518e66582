/** A bus as the target of a rule: the event goes on as it is, with the way that it has come. */
import { AwsError } from "../../aws-error.ts";
import { decide } from "../../identity/authorize.ts";
import { mayAssume, roleByArn, sessionOf } from "../../identity/assume-role.ts";
import { servicePrincipal } from "../../identity/principal.ts";
import { accept } from "./acceptance.ts";
import { requireBus } from "./bus.ts";
import type { Invocation } from "./invocation.ts";
import type { Place } from "./place.ts";

/** Where a role stands for the target, it is asked; within the account no more is needed, as on AWS. */
export function handOver(place: Place, { target, ruleArn, event, passed }: Invocation): void {
  const { cloud, account } = place;
  const arn = target.Arn!;
  const [, , , region = place.region] = arn.split(":");
  const bus = requireBus({ ...place, region }, arn);
  if (target.RoleArn !== undefined) {
    const role = roleByArn(cloud, target.RoleArn);
    const trusted = role && mayAssume(cloud, role, servicePrincipal(account, "events.amazonaws.com", ruleArn), place.region);
    const asked = { action: "events:PutEvents", resource: bus.arn, ...(bus.policy !== undefined && { resourcePolicy: bus.policy }) };
    if (!trusted || decide({ ...place, region, principal: sessionOf(cloud, role, "events") }, asked).outcome !== "allowed") {
      throw new AwsError("AccessDeniedException", `The role ${target.RoleArn} does not let EventBridge put events on ${bus.arn}.`, 403);
    }
  }
  accept({ ...place, region }, bus.name, event, { passed: [...passed, ruleArn] });
}
