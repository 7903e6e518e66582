/** What one pass makes of a stack: its template and the values of its parameters. Pure. */
import { sameValue, type Template } from "@plinth/cloudformation";
import type { Stack } from "@plinth/compiler";
import { outwardTemplate } from "./outward-template.ts";
import { previousValues, withoutCounts } from "./parameters.ts";
import { withSuccessors, type Succession } from "./successors.ts";

export interface StackUpdate {
  /** What is to stand when both passes are done. */
  next: Template;
  /** What stands after this pass. */
  template: Template;
  parameters: Record<string, string>;
  successors: Succession["successors"];
}

/**
 * @param values the parameters' values, as the assembly wants them.
 * @param deployedValues those that they have now; none when the stack is not there yet.
 */
export function stackUpdate(
  stack: Stack,
  {
    deployed,
    values,
    deployedValues,
    outwards,
  }: { deployed: Template | undefined; values: Record<string, string>; deployedValues: Record<string, string>; outwards: boolean },
): StackUpdate {
  const made = (parameters: Record<string, string>): StackUpdate => {
    const previous = previousValues(parameters, deployedValues);
    const { template: next, successors } = withSuccessors(deployed, stack.template, new Set(Object.keys(previous)));
    return { next, template: outwards ? outwardTemplate(deployed, next, previous) : next, parameters, successors };
  };
  const update = made(values);
  if (!deployed || !outwards) return update;
  const changes = Object.keys(previousValues(values, deployedValues)).length > 0 || !sameValue(update.template, deployed);
  return changes ? made(withoutCounts(stack, values, deployedValues)) : update;
}
