/** Services that run as many copies as they may. */
import type { Diagnosis, Finding } from "../diagnosis.ts";

export const scalingAtLimit: Diagnosis = {
  title: "scaling has room",
  look({ services, scalers, stoppedSince, options }) {
    if (stoppedSince !== undefined) return [];
    return services.flatMap(({ name, state }): Finding[] => {
      const scaler = scalers.get(name);
      if (!scaler || scaler.min === scaler.max) return [];
      const { scaleIn, scaleOut, scheduled } = scaler.suspended;
      if (scaleIn || scaleOut || scheduled) {
        return [
          {
            severity: "warning",
            subject: name,
            symptom: "is not scaled",
            cause: "Somebody has suspended its scaling.",
            remedy: `plinth deploy${options} --layer compute, or register the target again without SuspendedState`,
            evidence: [`scale in suspended: ${scaleIn}, scale out: ${scaleOut}, schedule: ${scheduled}`],
          },
        ];
      }
      if (state.desired < scaler.max) return [];
      return [
        {
          severity: "warning",
          subject: name,
          symptom: `runs ${state.desired} copies, as many as it may`,
          cause: "Its load has brought it to the maximum: more load makes it slower.",
          remedy: `Raise scale.max of ${name} in plinth.config.ts and deploy`,
          evidence: [`${state.running} of ${state.desired} running, bounds ${scaler.min} to ${scaler.max}`],
        },
      ];
    });
  },
};
