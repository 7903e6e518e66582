/** The rule of a composite alarm: `ALARM("a") AND (OK(b) OR NOT INSUFFICIENT_DATA(c))`, `TRUE`, `FALSE`. */
import type { AlarmState } from "./alarms.ts";
import { refused, validationError } from "./errors.ts";

export type Rule =
  | { kind: "constant"; value: boolean }
  | { kind: "state"; state: AlarmState; name: string }
  | { kind: "not"; of: Rule }
  | { kind: "and" | "or"; rules: Rule[] };

/** Throws ValidationError where it cannot be read. */
export function parseRule(text: string): Rule {
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[(),]|[^\s(),"]+/gu) ?? [];
  let at = 0;
  const fail = (message: string) => validationError(`Invalid AlarmRule: ${message}`);
  const word = () => tokens[at]?.toUpperCase();
  const next = (wanted: string) => word() === wanted && ++at > 0;

  function any(): Rule {
    const rules = [all()];
    while (next("OR")) rules.push(all());
    return rules.length === 1 ? rules[0]! : { kind: "or", rules };
  }
  function all(): Rule {
    const rules = [one()];
    while (next("AND")) rules.push(one());
    return rules.length === 1 ? rules[0]! : { kind: "and", rules };
  }
  function one(): Rule {
    const token = word();
    at++;
    if (token === undefined) throw fail("unexpected end.");
    if (token === "NOT") return { kind: "not", of: one() };
    if (token === "TRUE" || token === "FALSE") return { kind: "constant", value: token === "TRUE" };
    if (token === "(") {
      const inner = any();
      if (tokens[at++] !== ")") throw fail("a parenthesis is missing.");
      return inner;
    }
    if (token === "AT_LEAST") throw refused("AT_LEAST in the rule of a composite alarm");
    if (token !== "ALARM" && token !== "OK" && token !== "INSUFFICIENT_DATA") throw fail(`unexpected '${tokens[at - 1]}'.`);
    const [open, name, close] = tokens.slice(at, at + 3);
    at += 3;
    if (open !== "(" || close !== ")" || name === undefined) throw fail(`${token} takes the name or ARN of one alarm.`);
    return { kind: "state", state: token, name: name.startsWith('"') ? name.slice(1, -1).replace(/\\(.)/gu, "$1") : name };
  }

  const rule = any();
  if (at < tokens.length) throw fail(`unexpected '${tokens[at]}'.`);
  return rule;
}

export function compositeState(rule: Rule, stateOf: (name: string) => AlarmState): "OK" | "ALARM" {
  return holds(rule, stateOf) ? "ALARM" : "OK";
}

function holds(rule: Rule, stateOf: (name: string) => AlarmState): boolean {
  switch (rule.kind) {
    case "constant":
      return rule.value;
    case "state":
      return stateOf(rule.name) === rule.state;
    case "not":
      return !holds(rule.of, stateOf);
    case "and":
      return rule.rules.every((each) => holds(each, stateOf));
    case "or":
      return rule.rules.some((each) => holds(each, stateOf));
  }
}

/** The names and ARNs of the alarms that a rule looks at. */
export function namesInRule(rule: Rule): string[] {
  if (rule.kind === "state") return [rule.name];
  if (rule.kind === "not") return namesInRule(rule.of);
  return rule.kind === "constant" ? [] : rule.rules.flatMap(namesInRule);
}
