/** Tasks that needed more memory than they have. */
import { type Diagnosis, type Finding, someOf } from "../diagnosis.ts";

export const outOfMemory: Diagnosis = {
  title: "tasks have memory enough",
  look({ services }) {
    return services.flatMap(({ name, stopped, state }): Finding[] => {
      const killed = stopped.filter(({ reason }) => /OutOfMemory/u.test(reason));
      if (killed.length === 0) return [];
      return [
        {
          severity: state.running < state.desired ? "error" : "warning",
          subject: name,
          symptom: `ran out of memory ${killed.length === 1 ? "once" : `${killed.length} times`} in the last hour`,
          cause: "A task used more memory than its size allows, and was killed.",
          remedy: `Give ${name} a larger size in plinth.config.ts and deploy, or find what grows in plinth logs ${name}`,
          evidence: someOf(killed.map(({ id, at, reason }) => `${at.toISOString()} ${id} ${reason}`)),
        },
      ];
    });
  },
};
