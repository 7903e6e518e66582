/** Services whose last deployment failed, or that cannot place their tasks. */
import { type Diagnosis, type Finding, someOf } from "../diagnosis.ts";
import { isLimit } from "./account-limit.ts";

export const deploymentFailed: Diagnosis = {
  title: "deployments of services come through",
  look({ services, options }) {
    return services.flatMap(({ name, state, events }): Finding[] => {
      const unplaced = events.filter(
        (event) =>
          /unable to place a task|was unable to|tasks failed to start|rolling back|circuit breaker/u.test(event) && !isLimit(event),
      );
      const failed = state.rollout === "FAILED";
      if (!failed && unplaced.length === 0) return [];
      return [
        {
          severity: failed || state.running < state.desired ? "error" : "warning",
          subject: name,
          symptom: failed ? "failed to deploy" : "had trouble with its last deployment",
          cause: state.rolloutReason ?? "ECS could not bring its tasks up.",
          remedy: `Mend what the lines name, then plinth deploy${options}; the version from before serves on until then`,
          evidence: someOf(unplaced),
        },
      ];
    });
  },
};
