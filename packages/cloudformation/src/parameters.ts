/** The values of a template's parameters: given, kept from before, or their defaults, each checked against its declaration. */
import type { Parameter, Template } from "./template.ts";
import { TemplateError } from "./template-error.ts";

export interface GivenParameter {
  ParameterKey?: string | undefined;
  ParameterValue?: string | undefined;
  UsePreviousValue?: boolean | undefined;
}

export interface ResolvedParameter {
  /** What `Ref` gives; a list for the list types. */
  value: string | string[];
  /** The text that was given, or the default: what DescribeStacks shows (unless `noEcho`). */
  given: string;
  noEcho: boolean;
  /** What the Systems Manager parameter held, for `AWS::SSM::Parameter::Value<…>`. */
  resolved?: string;
}

/** AWS-specific types that CloudFormation knows; their existence is not looked up here. */
const awsTypes = [
  "AWS::EC2::AvailabilityZone::Name",
  "AWS::EC2::Image::Id",
  "AWS::EC2::Instance::Id",
  "AWS::EC2::KeyPair::KeyName",
  "AWS::EC2::SecurityGroup::GroupName",
  "AWS::EC2::SecurityGroup::Id",
  "AWS::EC2::Subnet::Id",
  "AWS::EC2::Volume::Id",
  "AWS::EC2::VPC::Id",
  "AWS::Route53::HostedZone::Id",
];

const ssmValue = /^AWS::SSM::Parameter::Value<(.+)>$/;

function isKnownType(type: string): boolean {
  const inner = ssmValue.exec(type)?.[1];
  if (inner !== undefined) return inner !== "Number" && isKnownType(inner.replace(/^List<String>$/, "CommaDelimitedList"));
  return (
    ["String", "Number", "List<Number>", "CommaDelimitedList", "AWS::SSM::Parameter::Name"].includes(type) ||
    awsTypes.includes(type) ||
    awsTypes.some((one) => type === `List<${one}>`)
  );
}

const isList = (type: string) => type === "CommaDelimitedList" || type.startsWith("List<");

/**
 * The value of every parameter of a template.
 * @param previous texts given at the last successful create or update, for `UsePreviousValue`.
 * @param ssm reads a Systems Manager parameter, for the types that name one.
 * @throws TemplateError in CloudFormation's words.
 */
export async function resolveParameters({
  template,
  given,
  previous = {},
  ssm,
}: {
  template: Template;
  given: readonly GivenParameter[];
  previous?: Readonly<Record<string, string>>;
  ssm?: (name: string) => Promise<string | undefined>;
}): Promise<Record<string, ResolvedParameter>> {
  const declared = template.Parameters ?? {};
  const texts: Record<string, string> = {};
  const foreign = given.map(({ ParameterKey = "" }) => ParameterKey).filter((key) => !Object.hasOwn(declared, key));
  if (foreign.length > 0) throw new TemplateError(`Parameters: [${foreign.join(", ")}] do not exist in the template`);
  for (const { ParameterKey: key = "", ParameterValue: value, UsePreviousValue: keep } of given) {
    if (keep) {
      if (value !== undefined)
        throw new TemplateError(`Invalid input for parameter key ${key}. Cannot specify usePreviousValue as true and also specify a value`);
      if (!Object.hasOwn(previous, key)) {
        throw new TemplateError(
          `Invalid input for parameter key ${key}. Cannot specify usePreviousValue as true for a parameter key not in the previous template`,
        );
      }
      texts[key] = previous[key]!;
    } else if (value !== undefined) texts[key] = value;
  }
  const missing: string[] = [];
  for (const [key, declaration] of Object.entries(declared)) {
    if (!isKnownType(String(declaration.Type)))
      throw new TemplateError(`Template format error: Unrecognized parameter type: ${String(declaration.Type)}`);
    if (Object.hasOwn(texts, key)) continue;
    if (declaration.Default === undefined) missing.push(key);
    else texts[key] = Array.isArray(declaration.Default) ? declaration.Default.join(",") : String(declaration.Default);
  }
  const stored = missing.find((key) => String(declared[key]!.Type).startsWith("AWS::SSM::Parameter::Value<"));
  if (stored !== undefined) throw new TemplateError(`Parameter ${stored} should either have input value or default value`);
  if (missing.length > 0) throw new TemplateError(`Parameters: [${missing.join(", ")}] must have values`);

  const resolved: Record<string, ResolvedParameter> = {};
  for (const [key, declaration] of Object.entries(declared)) {
    const text = texts[key]!;
    checkParameter(key, declaration, text);
    const noEcho = String(declaration.NoEcho ?? false) === "true";
    const inner = ssmValue.exec(declaration.Type)?.[1];
    if (inner === undefined) {
      resolved[key] = { value: valueOf(declaration.Type, text), given: text, noEcho };
      continue;
    }
    const stored = await ssm?.(text);
    if (stored === undefined) {
      throw new TemplateError(`Unable to fetch parameters [${text}] from parameter store for this account.`);
    }
    resolved[key] = { value: valueOf(inner, stored), given: text, noEcho, resolved: stored };
  }
  return resolved;
}

function valueOf(type: string, text: string): string | string[] {
  if (!isList(type)) return text;
  return text === "" ? [] : text.split(",").map((item) => item.trim());
}

function checkParameter(key: string, declaration: Parameter, text: string): void {
  const fail = (reason: string) => {
    throw new TemplateError(
      declaration.ConstraintDescription ? `Parameter ${key} failed to satisfy constraint: ${declaration.ConstraintDescription}` : reason,
    );
  };
  const numeric = declaration.Type === "Number" || declaration.Type === "List<Number>";
  const items = isList(declaration.Type) ? (valueOf(declaration.Type, text) as string[]) : [text];
  if (numeric && !items.every((item) => item.trim() !== "" && Number.isFinite(Number(item)))) {
    throw new TemplateError(`Parameter '${key}' must be a number`);
  }
  for (const item of items) {
    if (declaration.AllowedValues && !declaration.AllowedValues.map(String).includes(item))
      fail(`Parameter '${key}' must be one of AllowedValues`);
    if (declaration.AllowedPattern !== undefined && !new RegExp(`^(?:${declaration.AllowedPattern})$`).test(item)) {
      fail(`Parameter '${key}' must match pattern ${declaration.AllowedPattern}`);
    }
  }
  if (numeric) {
    for (const item of items.map(Number)) {
      if (declaration.MinValue !== undefined && item < Number(declaration.MinValue))
        fail(`Parameter '${key}' must be a number not less than ${declaration.MinValue}`);
      if (declaration.MaxValue !== undefined && item > Number(declaration.MaxValue))
        fail(`Parameter '${key}' must be a number not greater than ${declaration.MaxValue}`);
    }
  } else {
    if (declaration.MinLength !== undefined && text.length < Number(declaration.MinLength))
      fail(`Parameter '${key}' must contain at least ${declaration.MinLength} characters`);
    if (declaration.MaxLength !== undefined && text.length > Number(declaration.MaxLength))
      fail(`Parameter '${key}' must contain at most ${declaration.MaxLength} characters`);
  }
}
