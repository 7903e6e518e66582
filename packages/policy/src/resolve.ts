/**
 * Values of templates as far as they are known before a deploy. What a resource will be called stands as a mark in the text, `⟨stack/Id.Attribute⟩`,
 * so that the same thing is the same text wherever it is named, over stacks as well.
 */
import { asFunction } from "@plinth/cloudformation";
import type { StackTemplate } from "./system.ts";

/** A thing that a text names. */
export interface Mark {
  stack: string;
  logicalId: string;
  attribute?: string;
}

export interface Resolver {
  /** The value, in which marks stand for what is known only after the deploy. `undefined` where nothing can be said. */
  resolve(stack: string, value: unknown): unknown;
  /** Whether a condition holds; `undefined` where that depends on what is not known. */
  condition(stack: string, name: string): boolean | undefined;
}

const marks = /⟨([^⟩/]+)\/([^⟩/.]+)(?:\.([^⟩]+))?⟩/gu;
const noValue = Symbol("AWS::NoValue");

const noMarks: readonly Mark[] = [];

/** The things that a text names, in order. Asked of nearly every value, so it looks without a regular expression. */
export function marksOf(text: unknown): readonly Mark[] {
  if (typeof text !== "string") return noMarks;
  let start = text.indexOf("⟨");
  if (start < 0) return noMarks;
  const found: Mark[] = [];
  while (start >= 0) {
    const end = text.indexOf("⟩", start);
    const slash = text.indexOf("/", start);
    if (end < 0) break;
    if (slash > start + 1 && slash < end) {
      const stack = text.slice(start + 1, slash);
      const dot = text.indexOf(".", slash);
      if (dot < 0 || dot > end) found.push({ stack, logicalId: text.slice(slash + 1, end) });
      else found.push({ stack, logicalId: text.slice(slash + 1, dot), attribute: text.slice(dot + 1, end) });
    }
    start = text.indexOf("⟨", end);
  }
  return found;
}

/** Whether a text holds something that is known only after the deploy. */
export const isOpen = (text: unknown): boolean => typeof text === "string" && text.includes("⟨");

/** A text as people read it: what is known only after the deploy by its logical id. */
export const readable = (text: string): string => text.replace(marks, (_, _stack: string, logicalId: string) => logicalId);

const markOf = (stack: string, logicalId: string, attribute?: string) =>
  `⟨${stack}/${logicalId}${attribute === undefined ? "" : `.${attribute}`}⟩`;

export function resolver(stacks: readonly StackTemplate[]): Resolver {
  const byName = new Map(stacks.map((stack) => [stack.name, stack]));
  const exported = new Map<string, { stack: string; value: unknown }>();
  let stacksByOutput: Map<string, string[]> | undefined;
  const knownByStack = new Map(stacks.map((stack) => [stack, new Map<string, unknown>()]));
  const conditions = new Map<string, boolean | undefined>();

  function parameter(stack: StackTemplate, name: string): unknown {
    const known = knownByStack.get(stack)!;
    const before = known.get(name);
    if (before !== undefined || known.has(name)) return before;
    known.set(name, markOf(stack.name, name)); // where parameters turn in a circle nothing is known
    const value = asListWhere(stack.template.Parameters?.[name]?.Type, given(stack, name));
    known.set(name, value);
    return value;
  }

  function given(stack: StackTemplate, name: string): unknown {
    const source = stack.parameters?.[name];
    if (typeof source === "string") return source;
    if (source) return output(source.stack, source.output) ?? markOf(stack.name, name);
    const preset = stack.template.Parameters?.[name]?.Default;
    if (preset !== undefined) return String(preset);
    // Templates of one system name a parameter like the output of which it takes its value.
    const others = (givers().get(name) ?? []).filter((other) => other !== stack.name);
    return (others.length === 1 ? output(others[0]!, name) : undefined) ?? markOf(stack.name, name);
  }

  /** The stacks that have an output of each name, for parameters that nothing says the source of. */
  function givers(): ReadonlyMap<string, readonly string[]> {
    if (stacksByOutput) return stacksByOutput;
    const found = (stacksByOutput = new Map<string, string[]>());
    for (const { name: stack, template } of stacks) {
      for (const name in template.Outputs) {
        const alike = found.get(name);
        if (alike) alike.push(stack);
        else found.set(name, [stack]);
      }
    }
    return found;
  }

  function output(stack: string, name: string): unknown {
    const found = byName.get(stack)?.template.Outputs?.[name];
    return found ? clean(value(byName.get(stack)!, found.Value)) : undefined;
  }

  function reference(stack: StackTemplate, name: string): unknown {
    if (Object.hasOwn(stack.template.Parameters ?? {}, name)) return parameter(stack, name);
    if (name === "AWS::NoValue") return noValue;
    if (name === "AWS::Region" && stack.region !== undefined) return stack.region;
    if (name === "AWS::StackName") return stack.name;
    if (name === "AWS::Partition") return "aws";
    if (name === "AWS::URLSuffix") return "amazonaws.com";
    if (name.startsWith("AWS::")) return `\${${name}}`;
    return markOf(stack.name, name);
  }

  function substitute(stack: StackTemplate, argument: unknown): unknown {
    const [pattern, variables = {}] = Array.isArray(argument) ? (argument as [unknown, Record<string, unknown>?]) : [argument];
    if (typeof pattern !== "string") return undefined;
    return pattern.replace(/\$\{(!?)([^}]*)\}/g, (_, literal: string, inner: string) => {
      if (literal) return `\${${inner}}`;
      const name = inner.trim();
      if (Object.hasOwn(variables, name)) return text(value(stack, variables[name]));
      const dot = name.indexOf(".");
      if (dot > 0) return markOf(stack.name, name.slice(0, dot), name.slice(dot + 1));
      return text(reference(stack, name));
    });
  }

  function choice(stack: StackTemplate, argument: unknown): unknown {
    const [name, yes, no] = Array.isArray(argument) ? (argument as unknown[]) : [];
    const holds = typeof name === "string" ? condition(stack.name, name) : undefined;
    if (holds !== undefined) return value(stack, holds ? yes : no);
    const first = value(stack, yes);
    return first === noValue || first === undefined ? value(stack, no) : first;
  }

  function listOf(stack: StackTemplate, given: readonly unknown[]): readonly unknown[] {
    let items: unknown[] | undefined;
    for (let index = 0; index < given.length; index++) {
      const resolved = value(stack, given[index]);
      if (!items) {
        if (resolved === given[index]) continue;
        items = given.slice(0, index);
      }
      if (resolved !== noValue) items.push(resolved);
    }
    return items ?? given;
  }

  function mapOf(stack: StackTemplate, given: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    let result: Record<string, unknown> | undefined;
    for (const key in given) {
      const resolved = value(stack, given[key]);
      if (!result) {
        if (resolved === given[key]) continue;
        result = { ...given };
      }
      if (resolved === noValue) delete result[key];
      else result[key] = resolved;
    }
    return result ?? given;
  }

  function value(stack: StackTemplate, given: unknown): unknown {
    if (typeof given !== "object" || given === null) return given;
    // Every value of every template comes through here: what says nothing that is to be resolved stands for itself.
    if (Array.isArray(given)) return listOf(stack, given);
    const call = asFunction(given);
    if (!call) return mapOf(stack, given as Readonly<Record<string, unknown>>);
    const { name, argument } = call;
    const list = Array.isArray(argument) ? (argument as unknown[]) : [];
    switch (name) {
      case "Ref":
        return reference(stack, String(argument));
      case "Fn::GetAtt": {
        const [logicalId, attribute] = typeof argument === "string" ? splitOnce(argument, ".") : list.map(String);
        return logicalId === undefined ? undefined : markOf(stack.name, logicalId, attribute);
      }
      case "Fn::Sub":
        return substitute(stack, argument);
      case "Fn::If":
        return choice(stack, argument);
      case "Fn::Join": {
        const parts = value(stack, list[1]);
        return Array.isArray(parts) ? parts.map(text).join(String(list[0])) : undefined;
      }
      case "Fn::Split": {
        const whole = value(stack, list[1]);
        return typeof whole === "string" ? whole.split(String(list[0])) : undefined;
      }
      case "Fn::Select": {
        const from = value(stack, list[1]);
        return Array.isArray(from) ? from[Number(value(stack, list[0]))] : undefined;
      }
      case "Fn::FindInMap": {
        const [map, top, second] = list.map((item) => String(value(stack, item)));
        return stack.template.Mappings?.[map!]?.[top!]?.[second!];
      }
      case "Fn::GetAZs":
        return ["zone 1", "zone 2", "zone 3"];
      case "Fn::Base64":
        return value(stack, argument);
      case "Fn::Cidr":
        return undefined;
      case "Fn::ImportValue": {
        const wanted = String(clean(value(stack, argument)));
        const found = exportNamed(wanted);
        return found ? value(byName.get(found.stack)!, found.value) : undefined;
      }
      default:
        return undefined;
    }
  }

  /** Names of exports are known once the first import is met. */
  function exportNamed(wanted: string): { stack: string; value: unknown } | undefined {
    if (exported.size === 0) {
      for (const stack of stacks) {
        for (const one of Object.values(stack.template.Outputs ?? {})) {
          if (one.Export) exported.set(String(clean(value(stack, one.Export.Name))), { stack: stack.name, value: one.Value });
        }
      }
    }
    return exported.get(wanted);
  }

  function condition(stackName: string, name: string): boolean | undefined {
    const memo = `${stackName}/${name}`;
    if (conditions.has(memo)) return conditions.get(memo);
    conditions.set(memo, undefined);
    const stack = byName.get(stackName)!;
    const result = truth(stack, stack.template.Conditions?.[name]);
    conditions.set(memo, result);
    return result;
  }

  function truth(stack: StackTemplate, expression: unknown): boolean | undefined {
    if (typeof expression !== "object" || expression === null) return undefined;
    if ("Condition" in expression) return condition(stack.name, String((expression as { Condition: unknown }).Condition));
    const call = asFunction(expression);
    const list = Array.isArray(call?.argument) ? (call.argument as unknown[]) : [];
    const all = () => list.map((one) => truth(stack, one));
    switch (call?.name) {
      case "Fn::Equals": {
        const [left, right] = list.map((one) => clean(value(stack, one)));
        if (left === undefined || right === undefined) return undefined;
        if (String(left) === String(right)) return true;
        return isUnknown(left) || isUnknown(right) ? undefined : false;
      }
      case "Fn::Not": {
        const [one] = all();
        return one === undefined ? undefined : !one;
      }
      case "Fn::And":
        return all().includes(false) ? false : all().includes(undefined) ? undefined : true;
      case "Fn::Or":
        return all().includes(true) ? true : all().includes(undefined) ? undefined : false;
      default:
        return undefined;
    }
  }

  return {
    resolve: (stack, given) => clean(value(byName.get(stack)!, given)),
    condition,
  };
}

/** Whether it is not known which of several values this is: marks, and what only AWS knows. */
const isUnknown = (value: unknown) => isOpen(value) || (typeof value === "string" && value.includes("${AWS::"));

const clean = (value: unknown) => (value === noValue ? undefined : value);

const text = (value: unknown): string =>
  value === noValue || value === undefined ? "" : typeof value === "object" ? JSON.stringify(value) : String(value);

function splitOnce(whole: string, by: string): [string, string | undefined] {
  const at = whole.indexOf(by);
  return at < 0 ? [whole, undefined] : [whole.slice(0, at), whole.slice(at + by.length)];
}

const asListWhere = (type: string | undefined, value: unknown): unknown =>
  typeof value === "string" && type !== undefined && (type === "CommaDelimitedList" || type.startsWith("List<"))
    ? value.split(",").map((item) => item.trim())
    : value;
