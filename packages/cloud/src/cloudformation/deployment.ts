/** A model made ready to be deployed: its template read, its conditions decided, its graph drawn. */
import {
  type Evaluation,
  NotYetMade,
  type ReferencedResource,
  type Template,
  asFunction,
  dependencies,
  evaluate,
  expandLoops,
  parseTemplate,
} from "@plinth/cloudformation";
import type { Cloud } from "../cloud.ts";
import { findExport } from "./exports.ts";
import { type Model, processedTemplate, type Stack } from "./stack.ts";

export interface Deployment {
  readonly model: Model;
  readonly template: Template;
  /** With the parameters' true values. */
  readonly evaluation: Evaluation;
  /** With `****` for NoEcho parameters: for everything that is shown. */
  readonly shown: Evaluation;
  /** The logical ids whose conditions hold, in the template's order. */
  readonly active: readonly string[];
  /** Of active resources, the active ones that each needs. */
  readonly needs: ReadonlyMap<string, ReadonlySet<string>>;
  /** Names of exports that an evaluation has asked for. */
  readonly imports: Set<string>;
}

/**
 * `resource` says what stands under a logical id now. The stack needs only be named, it need not exist yet.
 * @throws TemplateError where conditions cannot be decided.
 */
export function deploymentOf(
  cloud: Cloud,
  stack: Pick<Stack, "id" | "name" | "region">,
  model: Model,
  resource: (logicalId: string) => ReferencedResource | undefined,
): Deployment {
  const template = expandLoops(parseTemplate(processedTemplate(model)), (name) => model.parameters[name]?.given);
  const imports = new Set<string>();
  const evaluateWith = (parameters: Model["parameters"], standing = resource): Evaluation =>
    evaluate({
      template,
      parameters,
      pseudo: {
        accountId: cloud.account,
        region: stack.region,
        stackId: stack.id,
        stackName: stack.name,
        notificationArns: model.notificationArns,
      },
      resource: standing,
      importValue: (name) => {
        imports.add(name);
        return findExport(cloud.store, stack.region, name)?.value;
      },
      zones: (region) => ["a", "b", "c"].map((letter) => region + letter),
    });
  const evaluation = evaluateWith(model.parameters);
  const hidden = Object.entries(model.parameters).filter(([, { noEcho }]) => noEcho);
  const masked = hidden.map(([name, parameter]) => [name, { ...parameter, value: "****" }] as const);
  // What a resource was made with may be such a value: references to it are shown as its properties are.
  const shown: Evaluation =
    hidden.length === 0
      ? evaluation
      : evaluateWith({ ...model.parameters, ...Object.fromEntries(masked) }, (logicalId) => {
          const found = resource(logicalId);
          return found && { ...found, attributes: { ...found.attributes, ...shown.properties(logicalId) }, properties: {} };
        });
  return {
    model,
    template,
    evaluation,
    shown,
    active: Object.keys(template.Resources).filter(evaluation.isActive),
    needs: dependencies(template, evaluation.isActive, evaluation.conditions),
    imports,
  };
}

/** What stands in a value for what is known only after the change was made, as change sets show it. */
export const knownAfterApply = "{{changeSet:KNOWN_AFTER_APPLY}}";

/**
 * A value with all functions resolved that can be resolved now. For the others `unknown` gives what to put there; by default
 * the function itself. @throws TemplateError
 */
export function knownValue(evaluation: Evaluation, value: unknown, unknown: (call: unknown) => unknown = (call) => call): unknown {
  if (asFunction(value)) {
    const [name, argument] = Object.entries(value as Record<string, unknown>)[0]!;
    try {
      return evaluation.value(value);
    } catch (error) {
      if (!(error instanceof NotYetMade)) throw error;
      if (name === "Fn::If" && Array.isArray(argument)) {
        return knownValue(evaluation, evaluation.conditions[String(argument[0])] ? argument[1] : argument[2], unknown);
      }
      return unknown(value);
    }
  }
  if (Array.isArray(value)) return value.map((item) => knownValue(evaluation, item, unknown)).filter((item) => typeof item !== "symbol");
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, knownValue(evaluation, item, unknown)] as const);
  return Object.fromEntries(entries.filter(([, item]) => typeof item !== "symbol"));
}

/** The properties of a resource as far as they are known now. */
export function knownProperties(
  { template }: Deployment,
  evaluation: Evaluation,
  logicalId: string,
  unknown?: (call: unknown) => unknown,
): Record<string, unknown> {
  return knownValue(evaluation, template.Resources[logicalId]?.Properties ?? {}, unknown) as Record<string, unknown>;
}
