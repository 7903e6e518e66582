/** Which service Application Auto Scaling scales, looked up the other way round: by the service. */
import type { Facts, Resource } from "./facts.ts";

const made = new WeakMap<Facts, ReadonlyMap<string, Resource>>();

/** The scalable target of a service, if it has one. Made once for the facts of a system: there may be hundreds of services. */
export function scalableTargetOf(facts: Facts, service: Resource): Resource | undefined {
  let targets = made.get(facts);
  if (!targets) {
    const all = facts
      .ofType("AWS::ApplicationAutoScaling::ScalableTarget")
      .flatMap((target) => facts.allNamed(target.properties["ResourceId"]).map(({ id }) => [id, target] as const));
    made.set(facts, (targets = new Map(all)));
  }
  return targets.get(service.id);
}
