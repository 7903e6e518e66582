/** Rotations that have begun and not ended: nobody is locked out, but the next one waits for it. */
import type { Diagnosis } from "../diagnosis.ts";

export const rotationUnfinished: Diagnosis = {
  title: "rotations have ended",
  look: ({ rotations, options }) =>
    rotations.map((name) => ({
      severity: "warning",
      subject: name,
      symptom: "has a rotation that has begun and not ended",
      cause: "Whoever rotated it was interrupted, or a step failed. Programs go on with the password that they have.",
      remedy: `plinth secrets rotate ${name}${options} goes on with it`,
      evidence: [],
    })),
};
