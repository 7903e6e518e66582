/** Dynamic references, `{{resolve:service:…}}`: values that CloudFormation fetches when it makes or changes a resource. */
import { TemplateError } from "./template-error.ts";

export type DynamicReference =
  | { service: "ssm" | "ssm-secure"; text: string; name: string; version?: string }
  | { service: "secretsmanager"; text: string; secretId: string; jsonKey?: string; versionStage?: string; versionId?: string };

const pattern = /\{\{resolve:(ssm|ssm-secure|secretsmanager):([^{}]*)\}\}/g;

/** The references in one string, in order. */
function inText(text: string): DynamicReference[] {
  return [...text.matchAll(pattern)].map(([whole, service, rest]) =>
    service === "secretsmanager" ? secretReference(whole, rest!) : parameterReference(whole, service as "ssm", rest!),
  );
}

function parameterReference(text: string, service: "ssm" | "ssm-secure", rest: string): DynamicReference {
  const [, name, version] = /^(.+?)(?::(\d+))?$/.exec(rest) ?? [];
  if (!name) throw new TemplateError(`Incorrect format is used in the following SSM reference: [${text}]`);
  return { service, text, name, ...(version === undefined ? {} : { version }) };
}

/** `secret-id:SecretString:json-key:version-stage:version-id`; the id may be an ARN, which has six colons of its own. */
function secretReference(text: string, rest: string): DynamicReference {
  const parts = rest.split(":");
  const secretId = parts[0] === "arn" ? parts.splice(0, 7).join(":") : parts.splice(0, 1)[0]!;
  const [kind = "SecretString", jsonKey, versionStage, versionId] = parts;
  if (secretId === "" || kind !== "SecretString" || parts.length > 4 || (versionStage && versionId)) {
    throw new TemplateError(`Incorrect format is used in the following secretsmanager reference: [${text}]`);
  }
  return {
    service: "secretsmanager",
    text,
    secretId,
    ...(jsonKey ? { jsonKey } : {}),
    ...(versionStage ? { versionStage } : {}),
    ...(versionId ? { versionId } : {}),
  };
}

/** All references anywhere in a value. */
export function dynamicReferences(value: unknown): DynamicReference[] {
  if (typeof value === "string") return inText(value);
  if (Array.isArray(value)) return value.flatMap(dynamicReferences);
  if (typeof value === "object" && value !== null) return Object.values(value).flatMap(dynamicReferences);
  return [];
}

/** The value with every reference replaced by what `replace` gives for it. */
export async function replaceDynamicReferences(
  value: unknown,
  replace: (reference: DynamicReference) => Promise<string>,
): Promise<unknown> {
  if (typeof value === "string") {
    let result = value;
    for (const reference of inText(value)) {
      const found = await replace(reference);
      result = result.replace(reference.text, () => found);
    }
    return result;
  }
  if (Array.isArray(value)) return Promise.all(value.map((item) => replaceDynamicReferences(item, replace)));
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      await Promise.all(Object.entries(value).map(async ([key, item]) => [key, await replaceDynamicReferences(item, replace)] as const)),
    );
  }
  return value;
}
