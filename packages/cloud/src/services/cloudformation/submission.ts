/** What a caller submits to make or change a stack: read, checked, and made into a model. */
import {
  checkActive,
  checkTemplate,
  expandLoops,
  parseTemplate,
  type Resource,
  resolveParameters,
  type Template,
  TemplateError,
} from "@plinth/cloudformation";
import { AwsError } from "../../aws-error.ts";
import { type AnyHandler, faultMessage, propertyFaults } from "../../cloudformation/coverage.ts";
import { type Deployment, deploymentOf, knownProperties } from "../../cloudformation/deployment.ts";
import { engineOf } from "../../cloudformation/engine.ts";
import type { RollbackTrigger } from "../../cloudformation/rollback-triggers.ts";
import { checkRules } from "../../cloudformation/rules.ts";
import {
  getModel,
  listResources,
  type Model,
  processedTemplate,
  shownModel,
  type Stack,
  type StackTag,
} from "../../cloudformation/stack.ts";
import type { Input } from "../../aws.ts";
import type { OperationContext } from "../../service.ts";
import { checkCapabilities, checkMayTransform } from "./capabilities.ts";
import { check } from "./constraints.ts";
import { constraintError, refused, validationError } from "./errors.ts";
import { hasTransforms, runTransforms } from "./expansion.ts";
import { templateText } from "./template-source.ts";

export type Submitted = Pick<
  Input<"cloudformation", "UpdateStack">,
  | "TemplateBody"
  | "TemplateURL"
  | "UsePreviousTemplate"
  | "Parameters"
  | "Capabilities"
  | "ResourceTypes"
  | "RollbackConfiguration"
  | "NotificationARNs"
  | "Tags"
>;

const capabilityNames = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"];

export interface Submission {
  model: Model;
  /** Why a transform of the template, or what it has made, comes to nothing: the operation begins, and is turned back. */
  failure?: string;
}

/**
 * The model that `submitted` asks for; what it leaves out is as before, where the stack has been made before. `reviewed`: as a change
 * set, which shows what transforms have made before anything is made by it.
 * @throws ValidationError, InsufficientCapabilitiesException
 */
export async function modelOf(
  submitted: Submitted,
  stack: Stack,
  context: OperationContext,
  { reviewed = false }: { reviewed?: boolean } = {},
): Promise<Submission> {
  const before = stack.model === undefined && stack.target === undefined ? undefined : shownModel(context.cloud.store, stack);
  const text = await templateText(submitted, context, before && (() => before.template));
  checkLists(submitted);
  return inCloudFormationsWords(async () => {
    const given = new Map((submitted.Parameters ?? []).map(({ ParameterKey, ParameterValue }) => [ParameterKey, ParameterValue]));
    const previous = Object.fromEntries(Object.entries(before?.parameters ?? {}).map(([key, { given }]) => [key, given]));
    const resolved = (template: Template) =>
      resolveParameters({
        template,
        // A transform may have taken a parameter out that the caller rightly gives.
        given: (submitted.Parameters ?? []).filter(
          ({ ParameterKey = "" }) => template === original || Object.hasOwn(template.Parameters ?? {}, ParameterKey),
        ),
        previous,
        ssm: async (name) => parameterValue(context, name),
      });
    const acknowledged = [...(submitted.Capabilities ?? []), ...(reviewed ? ["CAPABILITY_AUTO_EXPAND"] : [])];
    const modelWith = (
      { Description: description }: Pick<Template, "Description">,
      parameters: Model["parameters"],
      processed: Pick<Model, "processed">,
    ): Model => ({
      template: text,
      ...processed,
      ...(description === undefined ? {} : { description }),
      parameters,
      tags: (submitted.Tags as StackTag[] | undefined) ?? before?.tags ?? [],
      capabilities: submitted.Capabilities ?? [],
      notificationArns: submitted.NotificationARNs ?? before?.notificationArns ?? [],
      ...rollbackOf(submitted, before),
    });
    const modelBy = async (read: Template, processed: Pick<Model, "processed"> = {}): Promise<Model> => {
      const template = expandLoops(read, (name) => given.get(name) ?? before?.parameters[name]?.given);
      await prepareTypes(context, template);
      checkTypes(context, template);
      checkTemplate(template);
      checkAllowed(template, submitted.ResourceTypes);
      const model = modelWith(template, await resolved(template), processed);
      checkDeployment(context, stack, model);
      checkCapabilities(template, acknowledged);
      return model;
    };
    const original = parseTemplate(text);
    if (!hasTransforms(original)) return { model: await modelBy(original) };

    checkMayTransform(acknowledged);
    const parameters = await resolved(original);
    const made = await runTransforms(original, parameters, stack, context);
    const turnedBack = (failure: string) => ({ model: modelWith({}, parameters, { processed: nothing }), failure: `${failure}. ` });
    if ("failure" in made) return turnedBack(made.failure);
    try {
      const model = await modelBy(made.template, { processed: JSON.stringify(made.template) });
      return { model: { ...model, parameters: { ...parameters, ...model.parameters } } };
    } catch (error) {
      const isAnswer = error instanceof TemplateError || (error instanceof AwsError && error.status < 500);
      if (isAnswer) return turnedBack(error.message);
      throw error;
    }
  });
}

/** What a stack is to be whose template's transforms failed. */
const nothing = JSON.stringify({ Resources: {} });

/** TemplateError becomes ValidationError. */
export async function inCloudFormationsWords<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof TemplateError ? validationError(error.message) : error;
  }
}

function checkLists({ Tags = [], NotificationARNs = [], Capabilities = [], RollbackConfiguration }: Submitted): void {
  if (Tags.length > 50) throw constraintError("tags", `[${Tags.length} tags]`, "Member must have length less than or equal to 50");
  for (const [index, { Key, Value }] of (Tags as StackTag[]).entries()) {
    check(`tags.${index + 1}.member.key`, Key, { minLength: 1, maxLength: 128 });
    check(`tags.${index + 1}.member.value`, Value, { minLength: 1, maxLength: 256 });
    if (/^aws:/i.test(Key)) throw validationError(`aws: prefixed tag key names are not allowed for external use.`);
  }
  const keys = Tags.map(({ Key }) => Key);
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined) throw validationError(`Duplicate tag key found: ${twice}`);
  if (NotificationARNs.length > 5)
    throw constraintError("notificationARNs", `[${NotificationARNs.join(", ")}]`, "Member must have length less than or equal to 5");
  for (const [index, name] of Capabilities.entries()) check(`capabilities.${index + 1}.member`, name, { values: capabilityNames });
  const { RollbackTriggers: triggers = [], MonitoringTimeInMinutes: minutes = 0 } = RollbackConfiguration ?? {};
  check("rollbackConfiguration.monitoringTimeInMinutes", minutes, { minimum: 0, maximum: 180 });
  if (triggers.length > 5)
    throw constraintError(
      "rollbackConfiguration.rollbackTriggers",
      `[${triggers.length} triggers]`,
      "Member must have length less than or equal to 5",
    );
  for (const { Type, Arn = "" } of triggers) {
    if (Type !== "AWS::CloudWatch::Alarm" && Type !== "AWS::CloudWatch::CompositeAlarm")
      throw validationError("Rollback Trigger Type not supported");
    if (!/^arn:[^:]*:cloudwatch:[^:]*:[^:]*:alarm:./.test(Arn))
      throw validationError("RelativeId of a Rollback Trigger's ARN is incorrect");
  }
}

/** A configuration without a list keeps the triggers that there were; an empty list takes them away. */
function rollbackOf({ RollbackConfiguration: given }: Submitted, before: Model | undefined): Pick<Model, "rollback"> {
  const { RollbackTriggers: triggers = before?.rollback?.RollbackTriggers, MonitoringTimeInMinutes: minutes } =
    given ?? before?.rollback ?? {};
  if (triggers === undefined && minutes === undefined) return {};
  return {
    rollback: {
      ...(triggers === undefined ? {} : { RollbackTriggers: triggers as RollbackTrigger[] }),
      ...(minutes === undefined ? {} : { MonitoringTimeInMinutes: minutes }),
    },
  };
}

/** Before `checkTypes`: so that what follows, up to where an operation on the stack begins, is not interrupted by it. */
export async function prepareTypes({ cloud }: OperationContext, { Resources }: Template): Promise<void> {
  const types = Object.values((Resources ?? {}) as Record<string, Resource | null>).map((resource) => resource?.Type);
  await engineOf(cloud).prepare(types.filter((type) => typeof type === "string"));
}

/**
 * Types that this cloud does not make are named before anything else is checked, as AWS does with those it does not know. A resource
 * under a condition counts once the condition is known to hold (`isActive`): an AWS type in a branch that is off does no harm. Nor does any
 * in a template that is only read (`onlyRead`): it is a valid one of AWS's.
 */
export function checkTypes(
  { cloud }: OperationContext,
  template: Template,
  { isActive, onlyRead = false }: { isActive?: (logicalId: string) => boolean; onlyRead?: boolean } = {},
): void {
  const engine = engineOf(cloud);
  const found = Object.entries((template.Resources ?? {}) as Record<string, Resource | null>).flatMap(([logicalId, resource]) => {
    const type = typeof resource?.Type === "string" ? resource.Type : undefined;
    if (type === undefined || engine.handler(type)) return [];
    const mayBeOff = resource!.Condition !== undefined && !isActive?.(logicalId);
    return type.startsWith("AWS::") && (onlyRead || mayBeOff) ? [] : [type];
  });
  if (found.length > 0) throw validationError(`Template format error: Unrecognized resource types: [${[...new Set(found)].join(", ")}]`);
}

function checkAllowed(template: Template, allowed: readonly string[] | undefined): void {
  if (!allowed) return;
  const matches = (type: string) =>
    allowed.some((pattern) => (pattern.endsWith("::*") ? type.startsWith(pattern.slice(0, -1)) : pattern === type));
  const foreign = Object.values(template.Resources).find(({ Type }) => !matches(Type));
  if (foreign) throw validationError(`Resource type ${foreign.Type} is not allowed by parameter ResourceTypes [${allowed.join(", ")}]`);
}

/** Everything that can be known before anything is made. @throws TemplateError, ValidationError */
function checkDeployment(context: OperationContext, stack: Stack, model: Model): Deployment {
  const { cloud } = context;
  const deployment = deploymentOf(cloud, stack, model, () => undefined);
  checkTypes(context, deployment.template, { isActive: deployment.evaluation.isActive });
  checkActive(deployment.template, deployment.evaluation);
  checkRules(deployment.template, deployment.evaluation);
  const engine = engineOf(cloud);
  const messages: string[] = [];
  for (const logicalId of deployment.active) {
    const resource = deployment.template.Resources[logicalId]!;
    for (const attribute of ["CreationPolicy", "UpdatePolicy"] as const) {
      if (resource[attribute] !== undefined) throw refused(attribute, `remove it from resource ${logicalId}; it would have no effect`);
    }
    const faults = propertyFaults(
      resource.Type,
      engine.handler(resource.Type) as AnyHandler,
      knownProperties(deployment, deployment.evaluation, logicalId),
    );
    if (faults.length > 0) messages.push(faultMessage(logicalId, faults));
  }
  if (messages.length > 0) throw validationError(messages.join("\n"));
  const types = new Map(
    listResources(cloud.store, stack)
      .filter(({ current }) => current)
      .map(({ logicalId, type }) => [logicalId, type]),
  );
  const changed = deployment.active.filter(
    (logicalId) => types.has(logicalId) && types.get(logicalId) !== deployment.template.Resources[logicalId]!.Type,
  );
  if (changed.length > 0) {
    throw validationError(
      `Update of resource type is not permitted. The new template modifies resource type of the following resources: [${changed.join(", ")}]`,
    );
  }
  return deployment;
}

async function parameterValue(context: OperationContext, name: string): Promise<string | undefined> {
  try {
    const { Parameter } = await context.call("ssm", "GetParameter", { Name: name });
    if (Parameter?.Type === "SecureString")
      throw validationError(`Parameters [${name}] referenced by template have types not supported by CloudFormation.`);
    return Parameter?.Value;
  } catch (error) {
    if (error instanceof AwsError && error.code === "ParameterNotFound") return undefined;
    throw error;
  }
}

/** Whether becoming `model` would change anything that AWS counts as a change besides resources. */
export function differsBeyondResources(context: OperationContext, stack: Stack, model: Model): boolean {
  if (stack.model === undefined || stack.target !== undefined) return true;
  const before = getModel(context.cloud.store, stack, stack.model);
  const outputs = (one: Model) => {
    const template = parseTemplate(processedTemplate(one));
    const used = JSON.stringify(template.Outputs ?? {});
    const parameters = Object.entries(one.parameters).filter(([name]) => used.includes(name));
    return JSON.stringify([template.Outputs ?? {}, parameters.map(([name, { value }]) => [name, value])]);
  };
  return (
    outputs(before) !== outputs(model) ||
    JSON.stringify(before.tags) !== JSON.stringify(model.tags) ||
    JSON.stringify(before.notificationArns) !== JSON.stringify(model.notificationArns) ||
    JSON.stringify(before.rollback) !== JSON.stringify(model.rollback)
  );
}
