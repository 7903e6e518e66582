/** Which service Application Auto Scaling scales, looked up the other way round: by the service. */
import type { Facts, Resource } from "./facts.ts";

const made = new WeakMap<Facts, ReadonlyMap<string, Resource>>();

/** The scalable target of a service, if it has one. Made once for the facts of a system: there may be hundreds of services. */
export function scalableTargetOf(facts: Facts, service: Resource): Resource | undefined {
  let targets = made.get(facts);
  if (!targets) {
    const found = new Map<string, Resource>();
    for (const target of facts.ofType("AWS::ApplicationAutoScaling::ScalableTarget"))
      for (const { id } of facts.allNamed(target.properties["ResourceId"])) found.set(id, target);
    made.set(facts, (targets = found));
  }
  return targets.get(service.id);
}
