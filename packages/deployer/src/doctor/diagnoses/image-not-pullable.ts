/** Tasks whose image is not there, or may not be pulled. */
import type { Diagnosis, Finding } from "../diagnosis.ts";

export const imageNotPullable: Diagnosis = {
  title: "images can be pulled",
  look({ services, options }) {
    return services.flatMap(({ name, stopped }): Finding[] => {
      const reasons = [
        ...new Set(
          stopped
            .map(({ reason }) => reason)
            .filter((reason) => /CannotPullContainerError|Failed to pull|unable to retrieve ecr registry auth/u.test(reason)),
        ),
      ];
      const [reason] = reasons;
      if (reason === undefined) return [];
      const denied = /denied|not authorized|AccessDenied|registry auth/iu.test(reason);
      const absent = /not found|does not exist|no such|manifest unknown/iu.test(reason);
      return [
        {
          severity: "error",
          subject: name,
          symptom: "cannot pull its image",
          cause: denied
            ? "The execution role (on App Runner: the access role) may not pull from the repository."
            : absent
              ? "The image that it runs is not in the repository."
              : "The registry does not answer: without a NAT gateway or endpoints a private task does not reach it.",
          remedy: `plinth deploy${options} makes the image, pushes it and mends the role`,
          evidence: reasons.slice(0, 3),
        },
      ];
    });
  },
};
