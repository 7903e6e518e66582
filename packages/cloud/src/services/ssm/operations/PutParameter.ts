/** PutParameter: makes a parameter, or a further version of one. */
import type { Input } from "../../../aws.ts";
import { checkConstraints } from "../../../constraints.ts";
import { operation } from "../../../service.ts";
import {
  hierarchyTypeMismatch,
  invalidPattern,
  invalidPolicyType,
  maxVersionLimit,
  parameterAlreadyExists,
  patternMismatch,
  validation,
} from "../errors.ts";
import { seal } from "../sealing.ts";
import { checkName } from "../names.ts";
import {
  findParameter,
  newest,
  putParameter as keep,
  type ParameterType,
  type ParameterVersion,
  type Tier,
  versionLimit,
} from "../parameters.ts";
import { checkTags } from "../tags.ts";

const sizeLimits: Record<Exclude<Tier, "Intelligent-Tiering">, number> = { Standard: 4096, Advanced: 8192 };
const policyTypes = ["Expiration", "ExpirationNotification", "NoChangeNotification"];

export const putParameter = operation("ssm", "PutParameter", (input, context) => {
  checkConstraints("ValidationException", {
    name: [input.Name, { length: [1, 2048] }],
    description: [input.Description, { length: [0, 1024] }],
    type: [input.Type, { enum: ["SecureString", "StringList", "String"] }],
    keyId: [input.KeyId, { length: [1, 256], pattern: "([a-zA-Z0-9:/_-]+)" }],
    allowedPattern: [input.AllowedPattern, { length: [0, 1024] }],
    tier: [input.Tier, { enum: ["Standard", "Advanced", "Intelligent-Tiering"] }],
    policies: [input.Policies, { length: [1, 4096] }],
    dataType: [input.DataType, { length: [0, 128] }],
  });
  if (input.Value === "") {
    throw validation(
      "1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1.",
    );
  }
  if (/\{\{[^]*\}\}/u.test(input.Value!))
    throw validation('Parameter value can\'t nest another parameter. Do not use "{{}}" in the value.');
  if (input.Overwrite && input.Tags && input.Tags.length > 0) {
    throw validation(
      "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.",
    );
  }
  checkTags(input.Tags ?? []);
  const { cloud, region } = context;
  const existing = findParameter(cloud, region, input.Name!);
  if (!existing) checkName(input.Name!);
  if (existing && !input.Overwrite) throw parameterAlreadyExists();
  const previous = existing && newest(existing);
  const type = (input.Type ?? previous?.type) as ParameterType | undefined;
  if (type === undefined) throw validation("A parameter type is required when you create a parameter.");
  if (previous && previous.type !== type) throw hierarchyTypeMismatch();

  const version: ParameterVersion = {
    version: (previous?.version ?? 0) + 1,
    type,
    value: input.Value!,
    ...optional("description", input.Description ?? previous?.description),
    ...optional("keyId", input.KeyId ?? previous?.keyId ?? (type === "SecureString" ? "alias/aws/ssm" : undefined)),
    ...optional("allowedPattern", input.AllowedPattern ?? previous?.allowedPattern),
    tier: tierOf(input, previous),
    dataType: dataTypeOf(input.DataType ?? previous?.dataType ?? "text"),
    policies: input.Policies === undefined ? (previous?.policies ?? []) : readPolicies(input.Policies),
    labels: [],
    modifiedMs: cloud.world.clock.nowMs(),
    modifiedBy: context.principal.arn,
  };
  if (version.allowedPattern) checkPattern(version.allowedPattern, version.value);
  if (type === "SecureString") seal(context, existing?.name ?? input.Name!, version);
  const versions = [...(existing?.versions ?? []), version];
  if (versions.length > versionLimit) {
    const oldest = versions.shift()!;
    if (oldest.labels.length > 0) throw maxVersionLimit(existing!.name, oldest.version);
  }
  keep(cloud, region, {
    name: existing?.name ?? input.Name!,
    versions,
    tags: existing?.tags ?? Object.fromEntries((input.Tags ?? []).map(({ Key, Value }) => [Key!, Value!])),
  });
  return { Version: version.version, Tier: version.tier };
});

const optional = <K extends string, V>(key: K, value: V | undefined) => (value === undefined ? {} : { [key]: value }) as { [P in K]?: V };

/** Intelligent-Tiering settles on the smallest tier that holds the value; an advanced parameter never goes back by itself. */
function tierOf(input: Input<"ssm", "PutParameter">, previous: ParameterVersion | undefined): Tier {
  const asked = (input.Tier ?? previous?.tier ?? "Standard") as Tier;
  const sizeBytes = Buffer.byteLength(input.Value!);
  const tier =
    asked === "Intelligent-Tiering"
      ? sizeBytes > sizeLimits.Standard || input.Policies || previous?.tier === "Advanced"
        ? "Advanced"
        : "Standard"
      : asked;
  if (previous?.tier === "Advanced" && tier === "Standard") {
    throw validation(
      "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to the standard-parameter tier. If necessary, you can delete the advanced parameter and recreate it as a standard parameter.",
    );
  }
  if (sizeBytes <= sizeLimits[tier]) return tier;
  throw validation(
    tier === "Standard"
      ? `Standard tier parameters support a maximum parameter value of ${sizeLimits.Standard} characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html`
      : `Advanced tier parameters support a maximum parameter value of ${sizeLimits.Advanced} characters.`,
  );
}

function dataTypeOf(dataType: string): string {
  if (["text", "aws:ec2:image", "aws:ssm:integration"].includes(dataType)) return dataType;
  throw validation(`The following data type is not supported: ${dataType} (Data type names are all lowercase.)`);
}

function checkPattern(pattern: string, value: string): void {
  let expression: RegExp;
  try {
    expression = new RegExp(`^(?:${pattern})$`, "s");
  } catch {
    throw invalidPattern();
  }
  if (!expression.test(value)) throw patternMismatch(pattern);
}

function readPolicies(text: string): ParameterVersion["policies"] {
  let policies: unknown;
  try {
    policies = JSON.parse(text);
  } catch {
    throw invalidPolicyType();
  }
  if (!Array.isArray(policies)) throw invalidPolicyType();
  return policies.map((policy: unknown) => {
    const type = typeof policy === "object" && policy !== null ? (policy as { Type?: unknown }).Type : undefined;
    if (typeof type !== "string" || !policyTypes.includes(type)) throw invalidPolicyType();
    return { type, text: JSON.stringify(policy) };
  });
}
