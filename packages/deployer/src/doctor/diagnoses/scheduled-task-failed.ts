/** Tasks that run by the clock and ended with a fault the last time, or will not run any more. */
import { type Diagnosis, type Finding, type Stage, someOf, type TaskFacts } from "../diagnosis.ts";

export const scheduledTaskFailed: Diagnosis = {
  title: "tasks that run by the clock end well",
  look: (stage) =>
    stage.tasks.filter(({ run }) => run.purpose === "scheduled").flatMap((task) => [...lastRun(stage, task), ...times(stage, task)]),
};

function lastRun({ options }: Stage, { program: { name }, last, lastLines }: TaskFacts): Finding[] {
  // Without a reason ECS has forgotten the task, and how it ended is not known.
  if (!last || last.running || last.exitCode === 0 || last.reason === undefined) return [];
  const ran = last.exitCode !== undefined;
  return [
    {
      severity: "error",
      subject: name,
      symptom: ran ? `ended with exit code ${last.exitCode} the last time` : "did not start the last time",
      cause: ran ? "Its program ended by itself; its last lines say why." : `ECS says: ${last.reason}`,
      remedy: `Mend the task and plinth deploy${options}; plinth run ${name}${options} runs it now`,
      evidence: [`${last.at.toISOString()} ${last.reason}`, ...someOf(lastLines.slice(-8), 8).map((line) => `${name} | ${line}`)],
    },
  ];
}

function times({ options }: Stage, { program: { name }, schedule }: TaskFacts): Finding[] {
  if (schedule?.next) return [];
  const gone = schedule === undefined;
  return [
    {
      severity: gone ? "error" : "warning",
      subject: name,
      symptom: "will not run any more",
      cause: gone
        ? "Somebody took its schedule away from EventBridge Scheduler."
        : schedule.enabled
          ? `Its times, ${schedule.expression}, are over.`
          : "Somebody disabled its schedule.",
      remedy: gone
        ? `Take the task out of plinth.config.ts, plinth deploy${options}, and the same with it again`
        : schedule.enabled
          ? "Give it other times in plinth.config.ts"
          : `Enable it where it was disabled: aws scheduler update-schedule, or the console`,
      evidence: [],
    },
  ];
}
