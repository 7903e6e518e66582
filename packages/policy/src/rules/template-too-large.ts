/** A template is no larger than CloudFormation takes. */
import type { Rule } from "../rule.ts";

export const rule: Rule = {
  id: "template-too-large",
  severity: "high",
  controls: [],
  types: [],
  reason: "CloudFormation refuses it.",
  remedy: "Spread it over several stacks: 500 resources, 200 parameters, 200 outputs, 1 MB each.",
  find: ({ stacks }) =>
    stacks.flatMap(({ name: stack, template }) => {
      const counts = {
        resources: template.Resources,
        parameters: template.Parameters,
        outputs: template.Outputs,
        mappings: template.Mappings,
      };
      const over = Object.entries(counts).flatMap(([what, part]) => {
        const count = Object.keys(part ?? {}).length;
        return count > (what === "resources" ? 500 : 200) ? [`${count} ${what}`] : [];
      });
      return over.length > 0 ? [{ stack, what: `it has ${over.join(", ")}` }] : [];
    }),
};
