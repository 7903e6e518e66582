/** Diagnoses that go by what programs write themselves: a pattern in their last lines, and what it means. */
import { type Diagnosis, type Finding, someOf } from "./diagnosis.ts";

export interface Saying {
  title: string;
  pattern: RegExp;
  symptom: string;
  cause: string;
  /** `NAME` stands for the service, `OPTIONS` for those that choose the stage. */
  remedy: string;
}

export function saidInLogs({ title, pattern, symptom, cause, remedy }: Saying): Diagnosis {
  return {
    title,
    look({ services, options }) {
      return services.flatMap(({ name, state, lastLines }): Finding[] => {
        const lines = lastLines.filter((line) => pattern.test(line));
        if (lines.length === 0) return [];
        return [
          {
            severity: state.running < state.desired ? "error" : "warning",
            subject: name,
            symptom,
            cause,
            remedy: remedy.replaceAll("NAME", name).replaceAll("OPTIONS", options),
            evidence: someOf([...new Set(lines)]).map((line) => `${name} | ${line}`),
          },
        ];
      });
    },
  };
}
