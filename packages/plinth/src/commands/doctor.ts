/** `plinth doctor`: look for what is wrong with a stage. */
import { loadApp } from "../app/load-app.ts";
import { inPlace } from "../app/placed-app.ts";
import { stageOptions, type Command } from "../command.ts";
import { exitCode } from "../exit-code.ts";
import { connectToRunning } from "../target.ts";

export const command: Command = {
  summary: "Look for what is wrong with a stage, why, and what helps",
  description:
    "Looks at stacks, services, stopped tasks and their last lines, secrets, images, health checks, security groups, databases, caches, " +
    "certificates, scaling and alarms. Touches nothing. Ends with 1 when something is broken, with 8 when something is only in doubt.",
  about: "stage",
  json: true,
  examples: [
    { command: "plinth doctor", what: "the stage local" },
    { command: "plinth doctor --stage prod --json", what: "prod as data, for scripts" },
  ],
  async run(invocation) {
    const { json, terminal } = invocation;
    const loaded = await loadApp(invocation);
    const aws = await connectToRunning(invocation, loaded);
    const assembly = await inPlace(invocation, loaded, aws);
    const { examine } = await import("@plinth/deployer/doctor/examine");
    const examination = await examine(aws, assembly, new Date(), stageOptions(invocation));
    aws.close();
    if (json) terminal.print(JSON.stringify(examination, undefined, 2));
    else {
      const { examinationText } = await import("../terminal/examination-text.ts");
      for (const line of examinationText(examination, terminal.colours)) terminal.print(line);
    }
    const has = (severity: string) => examination.findings.some((finding) => finding.severity === severity);
    return has("error") ? exitCode.failed : has("warning") ? exitCode.warned : exitCode.done;
  },
};
