/** The stage is not deployed, or was stopped on purpose. */
import type { Diagnosis } from "../diagnosis.ts";

export const stageStopped: Diagnosis = {
  title: "the stage is there, and not stopped",
  look({ assembly, stacks, stoppedSince, options }) {
    const subject = `${assembly.app} ${assembly.stage}`;
    if (stacks.size === 0) {
      return [
        {
          severity: "hint",
          subject,
          symptom: "is not deployed",
          cause: "No stack of it exists.",
          remedy: `plinth deploy${options}`,
          evidence: [],
        },
      ];
    }
    if (stoppedSince === undefined) return [];
    return [
      {
        severity: "hint",
        subject,
        symptom: `is stopped since ${stoppedSince}`,
        cause: "plinth stop stopped it: no task runs, its databases are stopped, its alarms call nobody.",
        remedy: `plinth start${options}`,
        evidence: [],
      },
    ];
  },
};
