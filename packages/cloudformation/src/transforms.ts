/** The transforms of a template: what CloudFormation makes of it before it looks at resources. */
import type { Template } from "./template.ts";

/**
 * The names of transforms that are not run here: those of AWS but `AWS::LanguageExtensions`, which is written out, and macros of one's own.
 * What they change or make is not in the template.
 */
export function transformsNotRun(template: Template): string[] {
  const named = [template.Transform ?? []].flat() as unknown[];
  const names = named.map((one) => (typeof one === "string" ? one : String((one as { Name?: unknown }).Name)));
  return [...new Set(names)].filter((name) => name !== "AWS::LanguageExtensions");
}

/** How the template is had that CloudFormation makes of it. */
export const howToTransform = "aws cloudformation get-template --template-stage Processed shows what CloudFormation has made of it";
