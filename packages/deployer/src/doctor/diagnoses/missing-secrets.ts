/** Required secrets that have no value: tasks that need them keep restarting. */
import { missingSecrets as missing } from "../../secrets/slots.ts";
import type { Diagnosis } from "../diagnosis.ts";

export const missingSecrets: Diagnosis = {
  title: "required secrets have a value",
  look({ secrets, options, services, stacks }) {
    // Before the first deploy none has to have one.
    if (stacks.size === 0) return [];
    return missing(secrets).map(({ name, slot: { id, usedBy } }) => ({
      severity: "error",
      subject: name,
      symptom: "has no value",
      cause: `${usedBy.length > 0 ? usedBy.join(", ") : "The app"} needs it at its start: without it tasks stop, or a deploy stops before them.`,
      remedy: `plinth secrets set ${name}${options}, then plinth deploy${options}`,
      evidence: [
        `${id} is empty or not there`,
        ...services
          .filter(({ name: one }) => usedBy.includes(one))
          .flatMap(({ name: one, stopped }) => stopped.slice(0, 1).map(({ reason }) => `${one} stopped: ${reason}`)),
      ],
    }));
  },
};
