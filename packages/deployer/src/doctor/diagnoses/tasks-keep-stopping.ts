/** Programs that end by themselves: they start, and stop again. */
import { type Diagnosis, type Finding, someOf } from "../diagnosis.ts";

export const tasksKeepStopping: Diagnosis = {
  title: "programs go on running",
  look({ services, options }) {
    return services.flatMap(({ name, stopped, state, lastLines }): Finding[] => {
      const ended = stopped.filter(({ reason, exitCode }) => exitCode !== undefined && !/OutOfMemory|health check/iu.test(reason));
      if (ended.length === 0) return [];
      const [last] = ended;
      return [
        {
          severity: state.running < state.desired ? "error" : "warning",
          subject: name,
          symptom: ended.length === 1 ? "stopped once in the last hour" : `stopped ${ended.length} times in the last hour`,
          cause: `Its program ended by itself with exit code ${last!.exitCode}; its last lines say why.`,
          remedy: `Mend the program and plinth deploy${options}; plinth logs ${name}${options} --since 1h shows all that it wrote`,
          evidence: [`${last!.at.toISOString()} ${last!.reason}`, ...someOf(lastLines.slice(-8), 8).map((line) => `${name} | ${line}`)],
        },
      ];
    });
  },
};
