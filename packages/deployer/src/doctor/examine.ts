/** Looks at a stage with every diagnosis. Nothing is touched. */
import type { Assembly } from "@plinth/compiler";
import type { Aws } from "../aws.ts";
import { diagnoses } from "./diagnoses.ts";
import type { Finding, Severity } from "./diagnosis.ts";
import { stageFacts } from "./stage-facts.ts";

export interface Examination {
  app: string;
  stage: string;
  /** The gravest first. */
  findings: (Finding & { diagnosis: string })[];
  /** Titles of what was looked at and is in order. */
  sound: string[];
  /** What could not be looked at, and why. */
  unknown: { diagnosis: string; reason: string }[];
}

const order: readonly Severity[] = ["error", "warning", "hint"];

export async function examine(aws: Aws, assembly: Assembly, now: Date, options: string): Promise<Examination> {
  const stage = await stageFacts(aws, assembly, now, options);
  const examination: Examination = { app: assembly.app, stage: assembly.stage, findings: [], sound: [], unknown: [] };
  const looked = await Promise.all(
    Object.entries(diagnoses).map(async ([diagnosis, { title, look }]) => {
      try {
        return { diagnosis, title, found: await look(stage) };
      } catch (error) {
        // One that may not look, or finds a service that is not served, does not keep the others from theirs.
        return { diagnosis, title, reason: error instanceof Error ? error.message : String(error) };
      }
    }),
  );
  for (const { diagnosis, title, found, reason } of looked) {
    if (found === undefined) examination.unknown.push({ diagnosis, reason });
    else if (found.length === 0) examination.sound.push(title);
    else examination.findings.push(...found.map((finding) => ({ diagnosis, ...finding })));
  }
  examination.findings.sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
  return examination;
}
