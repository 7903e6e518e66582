/** The values of dynamic references, fetched when a resource is made or changed and given to its handler only. */
import { type DynamicReference, replaceDynamicReferences } from "@plinth/cloudformation";
import { AwsError } from "../aws-error.ts";
import type { Call } from "../service.ts";

/** Properties with every reference replaced; each value is noted in `secrets`, so that no message shows it. */
export async function withDynamicValues(
  call: Call,
  properties: Readonly<Record<string, unknown>>,
  secrets: Set<string>,
): Promise<Record<string, unknown>> {
  const replace = async (reference: DynamicReference) => {
    const value = await (reference.service === "secretsmanager" ? secretValue(call, reference) : parameterValue(call, reference));
    if (reference.service !== "ssm") secrets.add(value);
    return value;
  };
  return (await replaceDynamicReferences(properties, replace)) as Record<string, unknown>;
}

async function parameterValue(call: Call, { service, name, version }: Extract<DynamicReference, { name: string }>): Promise<string> {
  const { Parameter } = await call("ssm", "GetParameter", {
    Name: version === undefined ? name : `${name}:${version}`,
    WithDecryption: service === "ssm-secure",
  });
  if (service === "ssm" && Parameter?.Type === "SecureString") {
    throw new AwsError("ValidationError", `SSM SecureString reference is not supported in this context; use ssm-secure for ${name}`);
  }
  return Parameter?.Value ?? "";
}

async function secretValue(
  call: Call,
  { secretId, jsonKey, versionStage, versionId }: Extract<DynamicReference, { secretId: string }>,
): Promise<string> {
  const { SecretString } = await call("secretsmanager", "GetSecretValue", {
    SecretId: secretId,
    ...(versionStage === undefined ? {} : { VersionStage: versionStage }),
    ...(versionId === undefined ? {} : { VersionId: versionId }),
  });
  if (SecretString === undefined) throw new AwsError("ValidationError", `Secret ${secretId} has no SecretString`);
  if (jsonKey === undefined) return SecretString;
  let fields: unknown;
  try {
    fields = JSON.parse(SecretString);
  } catch {
    throw new AwsError("ValidationError", "Could not parse SecretString JSON");
  }
  const value =
    typeof fields === "object" && fields !== null && Object.hasOwn(fields, jsonKey)
      ? (fields as Record<string, unknown>)[jsonKey]
      : undefined;
  if (value === undefined) throw new AwsError("ValidationError", `Could not find a value associated with JSONKey in SecretString`);
  return typeof value === "string" ? value : JSON.stringify(value);
}
