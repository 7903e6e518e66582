/** Tasks that cannot read a secret or setting at their start: a field that is not in it, one that was deleted, a right that is missing. */
import type { Diagnosis, Finding } from "../diagnosis.ts";

export const secretNotInjected: Diagnosis = {
  title: "tasks can read their secrets",
  look({ services, options }) {
    return services.flatMap(({ name, stopped }): Finding[] => {
      const reasons = [
        ...new Set(
          stopped
            .map(({ reason }) => reason)
            .filter(
              (reason) => /ResourceInitializationError/u.test(reason) && /secret|ssm|parameter/iu.test(reason) && !/\becr\b/iu.test(reason),
            ),
        ),
      ];
      const [reason] = reasons;
      if (reason === undefined) return [];
      const field = /json key (\S+)/iu.exec(reason)?.[1];
      return [
        {
          severity: "error",
          subject: name,
          symptom: "tasks stop before they start",
          cause: /not authorized|AccessDenied/u.test(reason)
            ? "The execution role may not read a secret."
            : field === undefined
              ? "A secret in its environment is empty, or gone."
              : `A secret in its environment has no field ${field}.`,
          remedy: `plinth secrets list${options} shows which have a value; plinth secrets set NAME${options} gives one, plinth restart ${name}${options} tries again`,
          evidence: reasons.slice(0, 3),
        },
      ];
    });
  },
};
