/** How operations show a parameter: with its value, as metadata, by a selector. */
import { createHash } from "node:crypto";
import type { Output } from "../../aws.ts";
import type { OperationContext } from "../../service.ts";
import { parameterNotFound, parameterVersionNotFound } from "./errors.ts";
import { unsealed } from "./sealing.ts";
import { findParameter, newest, parameterArn, type Parameter, type ParameterVersion } from "./parameters.ts";

type Shown = NonNullable<Output<"ssm", "GetParameter">["Parameter"]>;
type Metadata = NonNullable<Output<"ssm", "DescribeParameters">["Parameters"]>[number];

/** A parameter and the version that `name`, `name:3`, `name:label` or an ARN with either selects. */
export function select(context: OperationContext, text: string): { parameter: Parameter; version: ParameterVersion; selector?: string } {
  const parts = text.startsWith("arn:") ? [text.split(":").slice(0, 6).join(":"), ...text.split(":").slice(6)] : text.split(":");
  const [name, selector, ...more] = parts as [string, string?, ...string[]];
  const parameter = more.length > 0 ? undefined : findParameter(context.cloud, context.region, name);
  if (!parameter) throw parameterNotFound(text);
  if (selector === undefined) return { parameter, version: newest(parameter) };
  const version = parameter.versions.find((one) =>
    /^\d+$/.test(selector) ? one.version === Number(selector) : one.labels.includes(selector),
  );
  if (!version) throw parameterVersionNotFound(parameter.name, selector);
  return { parameter, version, selector: `:${selector}` };
}

/** Without decryption a SecureString shows as ciphertext: of a standard parameter what KMS opens under the context PARAMETER_ARN. */
export function visibleValue(
  context: OperationContext,
  parameter: Parameter,
  kept: ParameterVersion,
  decrypt: boolean | undefined,
): string {
  const { type, value, version, keyId, sealedBy } = kept;
  if (type === "SecureString" && sealedBy !== undefined) return decrypt ? unsealed(context, parameter.name, kept) : value;
  if (type !== "SecureString" || decrypt) return value;
  const seal = createHash("sha512").update(`${parameter.name}\0${version}\0${keyId}\0${value}`).digest("base64url");
  return `AQICAH${seal}${createHash("sha512").update(seal).digest("base64url").slice(0, 40)}`;
}

export function showParameter(
  context: OperationContext,
  parameter: Parameter,
  version: ParameterVersion,
  { decrypt, selector }: { decrypt: boolean | undefined; selector?: string | undefined },
): Shown {
  return {
    Name: parameter.name,
    Type: version.type,
    Value: visibleValue(context, parameter, version, decrypt),
    Version: version.version,
    ...(selector === undefined ? {} : { Selector: selector }),
    LastModifiedDate: new Date(version.modifiedMs),
    ARN: parameterArn(context.account, context.region, parameter.name),
    DataType: version.dataType,
  };
}

/** What DescribeParameters and GetParameterHistory say beside the value. */
export function metadata(context: OperationContext, parameter: Parameter, version: ParameterVersion): Metadata {
  return {
    Name: parameter.name,
    ARN: parameterArn(context.account, context.region, parameter.name),
    Type: version.type,
    ...(version.keyId === undefined ? {} : { KeyId: version.keyId }),
    LastModifiedDate: new Date(version.modifiedMs),
    LastModifiedUser: version.modifiedBy,
    ...(version.description === undefined ? {} : { Description: version.description }),
    ...(version.allowedPattern === undefined ? {} : { AllowedPattern: version.allowedPattern }),
    Version: version.version,
    Tier: version.tier,
    Policies: version.policies.map(({ type, text }) => ({ PolicyText: text, PolicyType: type, PolicyStatus: "Pending" })),
    DataType: version.dataType,
  };
}
