/** Rotations that have begun and not ended, or that the clock forgot: nobody is locked out, but the next one waits for it. */
import type { Diagnosis, Finding, Stage } from "../diagnosis.ts";

/** Windows last a day at most. */
const patienceMs = 24 * 3_600_000;

export const rotationUnfinished: Diagnosis = {
  title: "rotations have ended",
  look: (stage) => [
    ...stage.rotations.map((name): Finding => ({
      severity: "warning",
      subject: name,
      symptom: "has a rotation that has begun and not ended",
      cause: "Whoever rotated it was interrupted, or a step failed. Programs go on with the password that they have.",
      remedy: `plinth secrets rotate ${name}${stage.options} goes on with it`,
      evidence: [],
    })),
    ...stage.scheduled.flatMap((one) => byTheClock(stage, one)),
  ],
};

function byTheClock({ options, now }: Stage, { name, pending, failure, next }: Stage["scheduled"][number]): Finding[] {
  const remedy = `plinth secrets rotate ${name}${options} does so now, and says what fails`;
  if (failure !== undefined) {
    return [
      {
        severity: "error",
        subject: name,
        symptom: "could not be rotated by its schedule",
        cause: "A step of its function failed. Secrets Manager tries again; programs go on with the password that they have.",
        remedy,
        evidence: [failure],
      },
    ];
  }
  if (pending || !next || now.getTime() - next.getTime() < patienceMs) return [];
  return [
    {
      severity: "error",
      subject: name,
      symptom: "was not rotated when its time had come",
      cause: `Secrets Manager was to rotate it by ${next.toISOString()}.`,
      remedy,
      evidence: [],
    },
  ];
}
