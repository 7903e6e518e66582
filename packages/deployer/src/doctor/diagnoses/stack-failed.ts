/** A stack whose last deployment did not end well. */
import { deploymentCauses } from "../stack-causes.ts";
import type { Diagnosis } from "../diagnosis.ts";

export const stackFailed: Diagnosis = {
  title: "stacks are whole",
  async look({ aws, stacks, options }) {
    const ill = [...stacks.values()].filter(({ status }) => /FAILED|ROLLBACK/u.test(status) && !status.endsWith("_IN_PROGRESS"));
    return Promise.all(
      ill.map(async (stack) => ({
        severity: stack.status === "UPDATE_ROLLBACK_COMPLETE" ? ("warning" as const) : ("error" as const),
        subject: stack.name,
        symptom: `is in ${stack.status}`,
        cause:
          stack.status === "UPDATE_ROLLBACK_COMPLETE"
            ? "Its last update failed and was taken back: the version from before serves on."
            : "A change of its resources failed and could not be finished or taken back.",
        remedy: `Mend what the lines below name, then plinth deploy${options} goes on from here.`,
        evidence: await deploymentCauses(aws.in(stack.region), stack),
      })),
    );
  },
};
