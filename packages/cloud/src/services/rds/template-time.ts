/** Times in templates, which have no type for them. */
import { invalidValue } from "./errors.ts";

/** CloudFormation takes `2026-11-20T14:03:00Z`, and the same with a blank. */
export function timeOf(text: string): Date {
  const time = new Date(text.replace(" ", "T").replace(/(:\d\d(?:\.\d+)?)$/, "$1Z"));
  if (Number.isNaN(time.getTime())) throw invalidValue(`Invalid RestoreTime ${text}: give it as 2026-11-20T14:03:00Z.`);
  return time;
}
