/** The Rules section of a template: what must hold of its parameters before anything is made. */
import { asFunction, type Evaluation, type Template, TemplateError } from "@plinth/cloudformation";

interface Rule {
  RuleCondition?: unknown;
  Assertions?: { Assert: unknown; AssertDescription?: string }[];
}

/** @throws TemplateError naming the first assertion that does not hold. */
export function checkRules(template: Template, evaluation: Evaluation): void {
  for (const [name, rule] of Object.entries((template.Rules ?? {}) as Record<string, Rule>)) {
    if (!Array.isArray(rule.Assertions)) throw new TemplateError(`Template format error: Rule ${name} must have Assertions`);
    if (rule.RuleCondition !== undefined && !holds(rule.RuleCondition, evaluation)) continue;
    for (const { Assert, AssertDescription } of rule.Assertions) {
      if (!holds(Assert, evaluation))
        throw new TemplateError(`Template error: Rule ${name} failed: ${AssertDescription ?? "an assertion does not hold"}`);
    }
  }
}

/** The functions of rules (AWS: "CloudFormation rule functions"), less those that ask about AWS-specific parameter types. */
function holds(expression: unknown, evaluation: Evaluation): boolean {
  const call = asFunction(expression);
  const list = Array.isArray(call?.argument) ? (call.argument as unknown[]) : [];
  const values = (index: number) => {
    const value = evaluation.value(list[index]);
    return Array.isArray(value) ? (value as unknown[]) : [value];
  };
  const among = (all: readonly unknown[], one: unknown) => all.some((other) => String(other) === String(one));
  switch (call?.name) {
    case "Fn::And":
      return list.every((one) => holds(one, evaluation));
    case "Fn::Or":
      return list.some((one) => holds(one, evaluation));
    case "Fn::Not":
      return !holds(list[0], evaluation);
    case "Fn::Equals":
      return String(evaluation.value(list[0])) === String(evaluation.value(list[1]));
    case "Fn::Contains":
      return among(values(0), evaluation.value(list[1]));
    case "Fn::EachMemberIn":
      return values(0).every((one) => among(values(1), one));
    case "Fn::EachMemberEquals":
      return values(0).every((one) => String(one) === String(evaluation.value(list[1])));
    default:
      throw new TemplateError(
        `Template format error: ${call ? `the embedded cloud does not serve ${call.name} in Rules` : "a rule is made of rule functions"}`,
      );
  }
}
