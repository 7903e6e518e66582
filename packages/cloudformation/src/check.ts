/** Whether a template holds together, before any parameter is known: CloudFormation's own checks, in its words. */
import { dependencies, inOrder } from "./dependencies.ts";
import { type Evaluation } from "./evaluate.ts";
import { resourceTypeSchema, type ResourceTypeSchema } from "./resource-types/index.ts";
import { secretName } from "./shown-value.ts";
import type { Resource, Template } from "./template.ts";
import { TemplateError } from "./template-error.ts";
import { asFunction, references, type Reference } from "./walk.ts";

const sections = [
  "AWSTemplateFormatVersion",
  "Conditions",
  "Description",
  "Hooks",
  "Mappings",
  "Metadata",
  "Outputs",
  "Parameters",
  "Resources",
  "Rules",
  "Transform",
];
const resourceKeys = [
  "Condition",
  "CreationPolicy",
  "DeletionPolicy",
  "DependsOn",
  "Metadata",
  "Properties",
  "Type",
  "UpdatePolicy",
  "UpdateReplacePolicy",
];
const pseudoParameters = ["AccountId", "NotificationARNs", "NoValue", "Partition", "Region", "StackId", "StackName", "URLSuffix"].map(
  (name) => `AWS::${name}`,
);
const snapshotTypes = [
  "AWS::DocDB::DBCluster",
  "AWS::EC2::Volume",
  "AWS::ElastiCache::CacheCluster",
  "AWS::ElastiCache::ReplicationGroup",
  "AWS::Neptune::DBCluster",
  "AWS::RDS::DBCluster",
  "AWS::RDS::DBInstance",
  "AWS::Redshift::Cluster",
];

const isMap = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
const formatError = (reason: string) => new TemplateError(`Template format error: ${reason}`);

/** Documented limits of a template (CloudFormation quotas). */
const limits = { resources: 500, parameters: 200, outputs: 200, mappings: 200 };

/** @throws TemplateError for the first fault found. */
export function checkTemplate(template: Template): void {
  const strange = Object.keys(template).filter((key) => !sections.includes(key));
  if (strange.length > 0) throw new TemplateError(`Invalid template property or properties [${strange.join(", ")}]`);
  if (template.AWSTemplateFormatVersion !== undefined && String(template.AWSTemplateFormatVersion) !== "2010-09-09") {
    throw formatError("unsupported value for AWSTemplateFormatVersion.");
  }
  if (template.Description !== undefined && (typeof template.Description !== "string" || Buffer.byteLength(template.Description) > 1024)) {
    throw formatError("'Description' length is greater than 1024.");
  }
  checkNulls(template);
  if (template.Resources !== undefined && !isMap(template.Resources)) throw formatError("Any Resources member must be an object.");
  if (template.Resources === undefined || Object.keys(template.Resources).length === 0)
    throw formatError("At least one Resources member must be defined.");
  for (const section of ["Parameters", "Mappings", "Conditions", "Outputs", "Metadata"] as const) {
    if (template[section] !== undefined && !isMap(template[section]))
      throw formatError(`[/${section}] '${section}' is expecting an object`);
  }
  const count = (section: "Resources" | "Parameters" | "Outputs" | "Mappings") => Object.keys(template[section] ?? {}).length;
  if (count("Resources") > limits.resources)
    throw formatError(`Number of resources, ${count("Resources")}, is greater than maximum allowed, ${limits.resources}`);
  if (count("Parameters") > limits.parameters)
    throw formatError(`Number of parameters, ${count("Parameters")}, is greater than maximum allowed, ${limits.parameters}`);
  if (count("Outputs") > limits.outputs)
    throw formatError(`Number of outputs, ${count("Outputs")}, is greater than maximum allowed, ${limits.outputs}`);
  if (count("Mappings") > limits.mappings)
    throw formatError(`Number of mappings, ${count("Mappings")}, is greater than maximum allowed, ${limits.mappings}`);
  checkTransform(template.Transform);
  checkMappings(template);
  checkParameters(template);
  for (const [logicalId, resource] of Object.entries(template.Resources)) checkResource(template, logicalId, resource);
  checkConditions(template);
  checkOutputs(template);
  checkReferences(
    template,
    Object.values(template.Resources).map((resource) => resource.Properties),
    "Resources",
  );
  checkReferences(
    template,
    Object.values(template.Outputs ?? {}).map((output) => [output.Value, output.Export]),
    "Outputs",
  );
  inOrder(dependencies(template));
}

/**
 * With the conditions known: nothing that is made may refer to what is not.
 * @throws TemplateError `Unresolved resource dependencies [X] in the Resources block of the template`.
 */
export function checkActive(template: Template, evaluation: Evaluation): void {
  const off = (name: string) => Object.hasOwn(template.Resources, name) && !evaluation.isActive(name);
  const missing = (value: unknown) =>
    references(value, evaluation.conditions)
      .map(({ name }) => name)
      .filter(off);
  const inResources = Object.keys(template.Resources)
    .filter(evaluation.isActive)
    .flatMap((logicalId) => missing(template.Resources[logicalId]!.Properties));
  if (inResources.length > 0)
    throw formatError(`Unresolved resource dependencies [${unique(inResources)}] in the Resources block of the template`);
  const outputs = Object.values(template.Outputs ?? {}).filter(
    ({ Condition }) => Condition === undefined || evaluation.conditions[Condition],
  );
  const inOutputs = outputs.flatMap((output) => missing([output.Value, output.Export]));
  if (inOutputs.length > 0)
    throw formatError(`Unresolved resource dependencies [${unique(inOutputs)}] in the Outputs block of the template`);
}

const unique = (names: readonly string[]) => [...new Set(names)].join(", ");

function checkTransform(transform: unknown): void {
  for (const name of [transform ?? []].flat()) {
    if (name !== "AWS::LanguageExtensions")
      throw new TemplateError(`No transform named ${isMap(name) ? String(name.Name) : String(name)} found.`);
  }
}

/** Two levels of keys, and below them text or lists of it: no functions, no third level. */
function checkMappings(template: Template): void {
  for (const [name, mapping] of Object.entries(template.Mappings ?? {})) {
    if (!isMap(mapping)) throw formatError(`Every Mappings member ${name} must be a map`);
    for (const [key, entries] of Object.entries(mapping)) {
      if (!isMap(entries)) throw formatError(`Every Mappings member ${key} must be a map`);
      if (Object.values(entries).some(isMap)) throw formatError("Every Mappings attribute must be a String or a List.");
    }
  }
}

function checkParameters(template: Template): void {
  for (const [name, parameter] of Object.entries(template.Parameters ?? {})) {
    if (!/^[A-Za-z0-9]{1,255}$/.test(name)) throw formatError(`Parameter name ${name} is non alphanumeric.`);
    if (!isMap(parameter) || typeof parameter.Type !== "string")
      throw formatError(`[/Parameters/${name}] Every Parameters object must contain a Type member.`);
    if (Object.hasOwn(template.Resources, name)) throw formatError(`Logical name ${name} is used for both a resource and a parameter.`);
  }
}

function checkResource(template: Template, logicalId: string, resource: Resource): void {
  if (!/^[A-Za-z0-9]{1,255}$/.test(logicalId)) throw formatError(`Resource name ${logicalId} is non alphanumeric.`);
  if (!isMap(resource)) throw formatError(`[/Resources/${logicalId}] Every Resources member must be an object.`);
  if (typeof resource.Type !== "string") throw formatError(`[/Resources/${logicalId}] Every Resources object must contain a Type member.`);
  const strange = Object.keys(resource).find((key) => !resourceKeys.includes(key));
  if (strange !== undefined) throw new TemplateError(`Invalid template resource property '${strange}'`);
  if (resource.Properties !== undefined && !isMap(resource.Properties))
    throw formatError(`[/Resources/${logicalId}/Properties] 'Properties' is expecting an object`);
  if (resource.Condition !== undefined && !Object.hasOwn(template.Conditions ?? {}, String(resource.Condition))) {
    throw formatError(`Unresolved condition dependency ${String(resource.Condition)} in the Resources block of the template`);
  }
  for (const key of ["DeletionPolicy", "UpdateReplacePolicy"] as const) {
    const policy: unknown = resource[key];
    if (policy === undefined || asFunction(policy)) continue;
    const allowed = key === "DeletionPolicy" ? ["Delete", "Retain", "RetainExceptOnCreate", "Snapshot"] : ["Delete", "Retain", "Snapshot"];
    if (!allowed.includes(String(policy))) throw formatError(`Unrecognized ${key} ${String(policy)} for resource ${logicalId}`);
    if (policy === "Snapshot" && !snapshotTypes.includes(resource.Type))
      throw formatError(`Snapshot deletion policy is not supported for resource type ${resource.Type}`);
  }
  for (const name of [resource.DependsOn ?? []].flat()) {
    if (!Object.hasOwn(template.Resources, name))
      throw formatError(`Unresolved resource dependencies [${String(name)}] in the Resources block of the template`);
  }
}

function checkConditions(template: Template): void {
  const known = template.Conditions ?? {};
  const inConditions = references(Object.values(known)).filter(({ name }) => !isParameter(template, name));
  if (inConditions.length > 0) {
    throw formatError(
      `Unresolved dependencies [${unique(inConditions.map(({ name }) => name))}]. Cannot reference resources in the Conditions block of the template`,
    );
  }
  const visit = (value: unknown, block: string): void => {
    if (Array.isArray(value)) return value.forEach((item) => visit(item, block));
    if (!isMap(value)) return;
    const call = asFunction(value);
    const named =
      call?.name === "Fn::If" && Array.isArray(call.argument)
        ? call.argument[0]
        : block === "Conditions" && typeof value.Condition === "string"
          ? value.Condition
          : undefined;
    if (typeof named === "string" && !Object.hasOwn(known, named))
      throw formatError(`Unresolved condition dependency ${named} in the ${block} block of the template`);
    Object.values(value).forEach((item) => visit(item, block));
  };
  visit(Object.values(known), "Conditions");
  visit(
    Object.values(template.Resources).map((resource) => resource.Properties),
    "Resources",
  );
  visit(Object.values(template.Outputs ?? {}), "Outputs");
}

/** A key without a value, anywhere (in YAML easily written): AWS takes none. */
function checkNulls(value: unknown, path = ""): void {
  if (value === null) throw new TemplateError(`[${path}] 'null' values are not allowed in templates`);
  if (typeof value !== "object") return;
  for (const [key, each] of Object.entries(value)) checkNulls(each, `${path}/${key}`);
}

function checkOutputs(template: Template): void {
  for (const [name, output] of Object.entries(template.Outputs ?? {})) {
    if (!/^[A-Za-z0-9]{1,255}$/.test(name)) throw formatError(`Output name ${name} is non alphanumeric.`);
    if (!isMap(output) || output.Value === undefined) throw formatError("Every Outputs member must contain a Value object");
    if (output.Condition !== undefined && !Object.hasOwn(template.Conditions ?? {}, String(output.Condition))) {
      throw formatError(`Unresolved condition dependency ${String(output.Condition)} in the Outputs block of the template`);
    }
  }
}

const isParameter = (template: Template, name: string) => pseudoParameters.includes(name) || Object.hasOwn(template.Parameters ?? {}, name);

function checkReferences(template: Template, values: readonly unknown[], block: "Resources" | "Outputs"): void {
  const found = values.flatMap((value) => references(value));
  const undefinedNames: string[] = [];
  for (const { name, attribute } of found) {
    if (attribute === undefined) {
      if (!isParameter(template, name) && !Object.hasOwn(template.Resources, name)) undefinedNames.push(name);
      continue;
    }
    if (!Object.hasOwn(template.Resources, name))
      throw new TemplateError(`Template error: instance of Fn::GetAtt references undefined resource ${name}`);
    checkAttribute(template, { name, attribute });
  }
  if (undefinedNames.length > 0)
    throw formatError(`Unresolved resource dependencies [${unique(undefinedNames)}] in the ${block} block of the template`);
}

/**
 * AWS gives every property of a type's model, documented as an attribute or not, but those that can only be written. Which these are its
 * published schemas say and ours do not: they are the ones that hold secrets.
 */
function isReadableProperty({ properties }: ResourceTypeSchema, name: string): boolean {
  return Object.hasOwn(properties, name) && !secretName.test(name);
}

function checkAttribute(template: Template, { name, attribute }: Reference): void {
  const { Type } = template.Resources[name]!;
  // The outputs of a nested stack and of a custom resource are its own.
  if (Type === "AWS::CloudFormation::Stack" || Type === "AWS::CloudFormation::CustomResource" || Type.startsWith("Custom::")) return;
  const schema = resourceTypeSchema(Type);
  if (schema && attribute !== undefined && !schema.attributes.includes(attribute) && !isReadableProperty(schema, attribute)) {
    throw new TemplateError(`Template error: resource ${name} does not support attribute type ${attribute} in Fn::GetAtt`);
  }
}
