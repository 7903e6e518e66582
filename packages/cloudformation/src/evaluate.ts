/** A template with its parameters given: which conditions hold, and what properties and outputs are once resources stand. */
import {
  base64,
  cidr,
  findInMap,
  getAttArguments,
  join,
  length,
  select,
  split,
  subArguments,
  subParts,
  toJsonString,
} from "./functions.ts";
import type { ResolvedParameter } from "./parameters.ts";
import type { Template } from "./template.ts";
import { TemplateError } from "./template-error.ts";
import { asFunction } from "./walk.ts";

/** Values that CloudFormation gives to every template. */
export interface PseudoParameters {
  accountId: string;
  region: string;
  /** Default: `aws`. */
  partition?: string;
  stackId: string;
  stackName: string;
  /** Default: `amazonaws.com`. */
  urlSuffix?: string;
  notificationArns?: readonly string[];
}

/** A resource as far as references to it go. */
export interface ReferencedResource {
  physicalId: string;
  attributes: Readonly<Record<string, unknown>>;
  /** What it was made with: `Fn::GetAtt` reads these too. */
  properties?: Readonly<Record<string, unknown>>;
}

export interface EvaluationInput {
  template: Template;
  parameters: Readonly<Record<string, ResolvedParameter>>;
  pseudo: PseudoParameters;
  /** What stands already under a logical id. */
  resource: (logicalId: string) => ReferencedResource | undefined;
  /** The value of an export of this account and region. */
  importValue?: (name: string) => string | undefined;
  /** The availability zones of a region, in AWS's order. */
  zones?: (region: string) => readonly string[];
}

export interface EvaluatedOutput {
  value: string;
  description?: string;
  exportName?: string;
}

export interface Evaluation {
  readonly conditions: Readonly<Record<string, boolean>>;
  /** Whether a resource's condition holds (it has none: yes). */
  isActive(logicalId: string): boolean;
  /** The properties of a resource, functions resolved, `AWS::NoValue` taken out. Dynamic references stay as they are. */
  properties(logicalId: string): Record<string, unknown>;
  outputs(): Record<string, EvaluatedOutput>;
  /** Any value of the template. */
  value(value: unknown): unknown;
}

/** A reference to a resource that does not stand yet. */
export class NotYetMade extends Error {
  readonly logicalId: string;
  constructor(logicalId: string) {
    super(`${logicalId} is not made yet`);
    this.logicalId = logicalId;
  }
}

/** `AWS::NoValue`: what holds it is left out. */
const noValue = Symbol("AWS::NoValue");

/** @throws TemplateError in CloudFormation's words; NotYetMade when a property refers to what does not stand. */
export function evaluate(input: EvaluationInput): Evaluation {
  const { template, parameters, pseudo } = input;
  const declaredConditions = template.Conditions ?? {};
  const conditions: Record<string, boolean> = {};
  const underWay = new Set<string>();

  const pseudoValues: Record<string, unknown> = {
    "AWS::AccountId": pseudo.accountId,
    "AWS::NotificationARNs": [...(pseudo.notificationArns ?? [])],
    "AWS::NoValue": noValue,
    "AWS::Partition": pseudo.partition ?? "aws",
    "AWS::Region": pseudo.region,
    "AWS::StackId": pseudo.stackId,
    "AWS::StackName": pseudo.stackName,
    "AWS::URLSuffix": pseudo.urlSuffix ?? "amazonaws.com",
  };

  function condition(name: string): boolean {
    if (name in conditions) return conditions[name]!;
    if (!Object.hasOwn(declaredConditions, name))
      throw new TemplateError(`Template format error: Unresolved condition dependency ${name} in the Conditions block of the template`);
    if (underWay.has(name)) throw new TemplateError(`Template format error: Circular dependencies for condition ${name}`);
    underWay.add(name);
    const result = truth(declaredConditions[name]);
    underWay.delete(name);
    return (conditions[name] = result);
  }

  function truth(expression: unknown): boolean {
    if (typeof expression === "object" && expression !== null && "Condition" in expression)
      return condition(String((expression as { Condition: unknown }).Condition));
    const call = asFunction(expression);
    const list = Array.isArray(call?.argument) ? (call.argument as unknown[]) : [];
    switch (call?.name) {
      case "Fn::Equals":
        if (list.length !== 2) throw new TemplateError("Template error: every Fn::Equals object requires a list of 2 string parameters.");
        return comparable(resolve(list[0])) === comparable(resolve(list[1]));
      case "Fn::And":
      case "Fn::Or":
        if (list.length < 2 || list.length > 10)
          throw new TemplateError(
            `Template error: every ${call.name} object requires a list of at least 2 and at most 10 boolean parameters.`,
          );
        return call.name === "Fn::And" ? list.map(truth).every(Boolean) : list.map(truth).some(Boolean);
      case "Fn::Not":
        if (list.length !== 1) throw new TemplateError("Template error: Fn::Not requires a list argument with one element");
        return !truth(list[0]);
      default: {
        const value = resolve(expression);
        if (value === true || value === "true") return true;
        if (value === false || value === "false") return false;
        throw new TemplateError("Template format error: Every Conditions member must be a condition function.");
      }
    }
  }

  function reference(name: string): unknown {
    if (Object.hasOwn(pseudoValues, name)) return pseudoValues[name];
    if (Object.hasOwn(parameters, name)) return parameters[name]!.value;
    return made(name).physicalId;
  }

  function made(logicalId: string): ReferencedResource {
    const found = input.resource(logicalId);
    if (!found) throw new NotYetMade(logicalId);
    return found;
  }

  function attribute(logicalId: string, name: string): unknown {
    const { attributes, properties = {} } = made(logicalId);
    if (Object.hasOwn(attributes, name)) return attributes[name];
    if (Object.hasOwn(properties, name)) return properties[name];
    throw new TemplateError(`Template error: resource ${logicalId} does not support attribute type ${name} in Fn::GetAtt`);
  }

  function substitute(argument: unknown): string {
    const { template: pattern, variables } = subArguments(argument);
    const piece = (name: string): string => {
      const dot = name.indexOf(".");
      const value = Object.hasOwn(variables, name)
        ? resolve(variables[name])
        : dot < 0
          ? reference(name)
          : attribute(name.slice(0, dot), name.slice(dot + 1));
      if (value === noValue) return "";
      if (typeof value === "object" || value === undefined) {
        throw new TemplateError(`Template error: variable ${name} in Fn::Sub expression does not resolve to a string`);
      }
      return String(value);
    };
    return subParts(pattern)
      .map((part) => ("text" in part ? part.text : piece(part.name)))
      .join("");
  }

  function resolve(value: unknown): unknown {
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return value.map(resolve).filter((item) => item !== noValue);
    const call = asFunction(value);
    if (!call) {
      const result: Record<string, unknown> = {};
      for (const key of Object.keys(value)) {
        const item = resolve((value as Record<string, unknown>)[key]);
        if (item !== noValue) result[key] = item;
      }
      return result;
    }
    const { name, argument } = call;
    switch (name) {
      case "Ref":
        return reference(String(argument));
      case "Fn::GetAtt": {
        const [logicalId, named] = getAttArguments(argument);
        return attribute(logicalId, String(resolve(named)));
      }
      case "Fn::Sub":
        return substitute(argument);
      case "Fn::If": {
        if (!Array.isArray(argument) || argument.length !== 3 || typeof argument[0] !== "string") {
          throw new TemplateError("Template error: Fn::If requires a list argument with three elements");
        }
        return resolve(condition(argument[0]) ? argument[1] : argument[2]);
      }
      case "Fn::Join":
        return join(resolve(argument));
      case "Fn::Split":
        return split(resolve(argument));
      case "Fn::Select":
        return select(resolve(argument));
      case "Fn::FindInMap":
        return findInMap(resolve(argument), template.Mappings ?? {});
      case "Fn::Base64":
        return base64(resolve(argument));
      case "Fn::Cidr":
        return cidr(resolve(argument));
      case "Fn::Length":
        return length(resolve(argument));
      case "Fn::ToJsonString":
        return toJsonString(resolve(argument));
      case "Fn::GetAZs": {
        const region = resolve(argument);
        return [...(input.zones?.(region === "" || region === undefined ? pseudo.region : String(region)) ?? [])];
      }
      case "Fn::ImportValue": {
        const exported = String(resolve(argument));
        const found = input.importValue?.(exported);
        if (found === undefined) throw new TemplateError(`No export named ${exported} found.`);
        return found;
      }
      case "Fn::Equals":
      case "Fn::And":
      case "Fn::Or":
      case "Fn::Not":
        return truth(value);
      default:
        throw new TemplateError(`Template format error: Unknown function ${name}`);
    }
  }

  for (const name of Object.keys(declaredConditions)) condition(name);

  const holds = (name: unknown) => name === undefined || condition(String(name));
  return {
    conditions,
    isActive: (logicalId) => Object.hasOwn(template.Resources, logicalId) && holds(template.Resources[logicalId]!.Condition),
    properties: (logicalId) => resolve(template.Resources[logicalId]?.Properties ?? {}) as Record<string, unknown>,
    value: resolve,
    outputs() {
      const outputs: Record<string, EvaluatedOutput> = {};
      for (const [name, output] of Object.entries(template.Outputs ?? {})) {
        if (!holds(output.Condition)) continue;
        const value = resolve(output.Value);
        if (value === noValue || value === undefined || value === null || typeof value === "object") {
          throw new TemplateError(`Template format error: The Value field of every Outputs member must evaluate to a String.`);
        }
        const exported = output.Export ? resolve(output.Export.Name) : undefined;
        outputs[name] = {
          value: String(value),
          ...(output.Description === undefined ? {} : { description: String(output.Description) }),
          ...(exported === undefined ? {} : { exportName: String(exported) }),
        };
      }
      return outputs;
    },
  };
}

/** Conditions compare text: `80` equals `"80"`, `true` equals `"true"`. */
function comparable(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
