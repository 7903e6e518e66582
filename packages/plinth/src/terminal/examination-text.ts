/** What the doctor found, as a page. */
import type { Examination, Finding } from "@plinth/deployer";
import type { Colours } from "./terminal.ts";

export function examinationText({ app, stage, findings, sound, unknown }: Examination, colours: Colours): string[] {
  const marks: Record<Finding["severity"], string> = { error: colours.red("✗"), warning: colours.yellow("!"), hint: colours.cyan("·") };
  const lines = [colours.bold(`${app} ${stage}`)];
  for (const { severity, subject, symptom, cause, remedy, evidence, diagnosis } of findings) {
    lines.push(
      "",
      `${marks[severity]} ${colours.bold(subject)} ${symptom} ${colours.dim(`[${diagnosis}]`)}`,
      `  cause   ${cause}`,
      `  remedy  ${remedy}`,
      ...evidence.map((line) => colours.dim(`  │ ${line}`)),
    );
  }
  lines.push(
    "",
    findings.length === 0 ? colours.green(`Nothing is wrong. Looked at: ${sound.join("; ")}.`) : `In order: ${sound.join("; ")}.`,
  );
  for (const { diagnosis, reason } of unknown) lines.push(colours.yellow(`Not looked at: ${diagnosis}: ${reason}`));
  return lines;
}
