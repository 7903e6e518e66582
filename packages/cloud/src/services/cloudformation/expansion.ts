/** A template with its transforms run: `Fn::Transform` where it stands, the innermost first, then those of the Transform section in their order. */
import { evaluate, parseTemplate, type ResolvedParameter, type Template, TemplateError } from "@plinth/cloudformation";
import type { Stack } from "../../cloudformation/stack.ts";
import { AwsError } from "../../aws-error.ts";
import type { OperationContext } from "../../service.ts";
import { validationError } from "./errors.ts";
import { askMacro, macros, TransformFailed } from "./macros.ts";
import { placedText } from "./template-source.ts";

/** As a template declares it: by its name alone, or with parameters. */
interface Transform {
  name: string;
  parameters: unknown;
}

type Values = Record<string, unknown>;

const isMap = (value: unknown): value is Values => typeof value === "object" && value !== null && !Array.isArray(value);

/** This one is written out where the template is read. */
const languageExtensions = "AWS::LanguageExtensions";
const include = "AWS::Include";
/** Documented quota of a template that a transform has made. */
const sizeLimitBytes = 1_000_000;

/** Whether anything in it has to be run before it can be read. */
export function hasTransforms({ Transform: section, ...template }: Template): boolean {
  return [section ?? []].flat().some((one) => one !== languageExtensions) || inside(template).length > 0;
}

/** What stands under `Fn::Transform`, at any depth. */
function inside(value: unknown): unknown[] {
  if (typeof value !== "object" || value === null) return [];
  const own = isMap(value) && Object.hasOwn(value, "Fn::Transform") ? [value["Fn::Transform"]].flat() : [];
  return [...own, ...Object.values(value).flatMap(inside)];
}

/** @throws ValidationError where a name is none, or that of no transform */
function declared(value: unknown, { cloud, region }: OperationContext): Transform {
  const name = isMap(value) ? value.Name : value;
  if (typeof name !== "string") throw validationError("Key Name of transform definition must be a string.");
  if (name !== include && !macros(cloud.store).get(region, name)) throw validationError(`No transform named ${name} found.`);
  return { name, parameters: isMap(value) ? (value.Parameters ?? {}) : {} };
}

/**
 * The template that the transforms make, or why they do not.
 * @throws ValidationError for what is wrong before any is run
 */
export async function runTransforms(
  template: Template,
  parameters: Readonly<Record<string, ResolvedParameter>>,
  stack: Pick<Stack, "id" | "name">,
  context: OperationContext,
): Promise<{ template: Template } | { failure: string }> {
  const { Transform: section, ...body } = template;
  const sections = [section ?? []].flat() as unknown[];
  const global = sections.filter((one) => one !== languageExtensions).map((one) => declared(one, context));
  for (const one of inside(body)) declared(one, context);
  const evaluation = evaluate({
    template: { ...(template.Mappings === undefined ? {} : { Mappings: template.Mappings }), Resources: {} },
    parameters,
    pseudo: { accountId: context.account, region: context.region, stackId: stack.id, stackName: stack.name },
    resource: () => undefined,
  });
  const templateParameterValues = Object.fromEntries(Object.entries(parameters).map(([key, { value }]) => [key, value]));

  async function run({ name, parameters: given }: Transform, fragment: unknown): Promise<unknown> {
    const params = parametersOf(name, () => evaluation.value(given));
    if (name === include) return included(params, fragment, context);
    const macro = macros(context.cloud.store).get(context.region, name);
    if (!macro) throw new TransformFailed(`No transform named ${name} found.`);
    return askMacro(macro, { fragment, params, templateParameterValues }, context);
  }

  async function expanded(value: unknown): Promise<unknown> {
    if (Array.isArray(value)) {
      const items: unknown[] = [];
      for (const item of value) items.push(await expanded(item));
      return items;
    }
    if (!isMap(value)) return value;
    const { "Fn::Transform": transform, ...rest } = value;
    let result: unknown = {};
    for (const [key, item] of Object.entries(rest)) (result as Values)[key] = await expanded(item);
    for (const one of [transform ?? []].flat()) result = await run(declared(one, context), result);
    return result;
  }

  try {
    let result = await expanded(body);
    for (const one of global) result = await run(one, result);
    if (!isMap(result)) throw new TransformFailed("Template format error: unsupported structure.");
    if (Buffer.byteLength(JSON.stringify(result)) > sizeLimitBytes)
      throw new TransformFailed(`Template may not exceed ${sizeLimitBytes} bytes in size.`);
    const made = { ...result, ...(sections.includes(languageExtensions) ? { Transform: languageExtensions } : {}) } as unknown as Template;
    // Nothing that a transform has made is run again: as on AWS, transforms do not nest.
    if (hasTransforms(made)) throw new TransformFailed("Template format error: a transform has made a template with transforms in it.");
    return { template: made };
  } catch (error) {
    if (error instanceof TransformFailed) return { failure: error.message };
    throw error;
  }
}

/** What stands in a transform's Parameters refers to parameters of the template only: nothing of it is made yet. */
function parametersOf(name: string, resolve: () => unknown): Values {
  try {
    const value = resolve();
    if (isMap(value)) return value;
  } catch (error) {
    if (error instanceof TemplateError) throw new TransformFailed(`Transform ${name} failed with: ${error.message}`);
    throw new TransformFailed(`Transform ${name} failed with: its Parameters refer to what is made after it.`);
  }
  throw new TransformFailed(`Transform ${name} failed with: its Parameters are not a map.`);
}

/** `AWS::Include`: the members of the object's map, beside those that stand where it is included. */
async function included({ Location: location }: Values, fragment: unknown, context: OperationContext): Promise<unknown> {
  const failed = (why: string) => new TransformFailed(`Transform ${include} failed with: ${why}`);
  const [, bucket, key] = (typeof location === "string" && /^s3:\/\/([^/]+)\/(.+)$/su.exec(location)) || [];
  if (bucket === undefined || key === undefined) throw failed("The location parameter is not a valid S3 uri.");
  let text: string;
  try {
    text = await placedText({ bucket, key }, context);
  } catch (error) {
    if (error instanceof AwsError && error.status < 500) throw failed(error.message);
    throw error;
  }
  try {
    return { ...(isMap(fragment) ? fragment : {}), ...parseTemplate(text) };
  } catch {
    throw failed("The specified S3 object's content should be valid Yaml/JSON");
  }
}
