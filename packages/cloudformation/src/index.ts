/** Templates: their form, their functions, their dependencies, their differences. Pure: no input, no output. */
export type * from "./template.ts";
export { TemplateError } from "./template-error.ts";
export { parseTemplate } from "./parse.ts";
export { lazyRecord } from "./lazy-record.ts";
export { expandLoops } from "./loops.ts";
export { checkTemplate, checkActive } from "./check.ts";
export { resolveParameters, type GivenParameter, type ResolvedParameter } from "./parameters.ts";
export {
  evaluate,
  NotYetMade,
  type Evaluation,
  type EvaluationInput,
  type EvaluatedOutput,
  type PseudoParameters,
  type ReferencedResource,
} from "./evaluate.ts";
export { references, asFunction, membersNamed, type Reference } from "./walk.ts";
export { renameReferences } from "./rename-references.ts";
export { dynamicReferences, replaceDynamicReferences, type DynamicReference } from "./dynamic-references.ts";
export { dependencies, inOrder } from "./dependencies.ts";
export { coerceProperties, validateProperties, type PropertyProblem } from "./properties.ts";
export { diffProperties, recreationBy, sameValue, type PropertyDifference, type RequiresReplacement } from "./diff-properties.ts";
export { diffTemplates, type ChangedProperty, type ResourceDifference } from "./diff-templates.ts";
export { declaredPolicy } from "./deletion-policy.ts";
export { interruptionOf, interruptingProperties, type Interruption } from "./interruptions.ts";
export { leafDifferences, type LeafDifference } from "./leaf-differences.ts";
export { afterDeploy, hidden, shownText, shownValue, type ShownContext, type ShownValue } from "./shown-value.ts";
