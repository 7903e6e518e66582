/** AWS::SecretsManager::Secret. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { AwsError } from "../../../aws-error.ts";
import { resource, type ResourceRequest, type UpdateRequest } from "../../../resource.ts";
import { splitTags, withOrigin } from "../../../runtime/system-tags.ts";

type Properties = ResourceProperties["AWS::SecretsManager::Secret"];

const longestGeneratedName = 64;

export const secret = resource("AWS::SecretsManager::Secret", {
  coverage: {
    real: ["Name", "Description", "GenerateSecretString", "KmsKeyId", "ReplicaRegions", "SecretString", "Tags"],
    recorded: ["Type"],
    note: "Values lie in the state folder encrypted by data keys of their KMS key.",
  },
  async create(request) {
    const { properties, call, token } = request;
    const { own, system } = splitTags(request.tags, properties.Tags);
    const value = await valueOf(request);
    const { ARN } = await call(
      "secretsmanager",
      "CreateSecret",
      withOrigin(
        {
          Name: nameOf(request),
          ...(properties.Description !== undefined && { Description: properties.Description }),
          ...(properties.KmsKeyId !== undefined && { KmsKeyId: properties.KmsKeyId }),
          ...(properties.Type !== undefined && { Type: properties.Type }),
          ...(value !== undefined && { SecretString: value, ClientRequestToken: token }),
          ...(properties.ReplicaRegions?.length && { AddReplicaRegions: properties.ReplicaRegions }),
          Tags: own,
        },
        { tags: system, token },
      ),
    );
    return made(ARN!);
  },
  async find(request) {
    try {
      const { ARN, Tags = [] } = await request.call("secretsmanager", "DescribeSecret", { SecretId: nameOf(request) });
      const tag = (key: string) => Tags.find(({ Key }) => Key === key)?.Value;
      const ours = tag("aws:cloudformation:stack-id") === request.stackId && tag("aws:cloudformation:logical-id") === request.logicalId;
      return ours ? made(ARN!) : undefined;
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  },
  async update(request) {
    const { call, physicalId, properties, previous } = request;
    // A generated value stays as long as its rules do: a changed description must not change a password.
    const sameValue =
      properties.SecretString === previous.SecretString && same(properties.GenerateSecretString, previous.GenerateSecretString);
    const value = sameValue ? undefined : await valueOf(request);
    await call("secretsmanager", "UpdateSecret", {
      SecretId: physicalId,
      ...(properties.Description !== previous.Description && { Description: properties.Description ?? "" }),
      ...(properties.KmsKeyId !== previous.KmsKeyId && { KmsKeyId: properties.KmsKeyId ?? "" }),
      ...(properties.Type !== undefined && { Type: properties.Type }),
      // Without the act's token: it stays that of the resource, and so is already its first version's.
      ...(value !== undefined && { SecretString: value }),
    });
    await changeReplicas(request);
    const { own } = splitTags(request.tags, properties.Tags);
    const before = splitTags({}, previous.Tags).own;
    const gone = before.filter(({ Key }) => !own.some((tag) => tag.Key === Key)).map(({ Key }) => Key);
    if (gone.length > 0) await call("secretsmanager", "UntagResource", { SecretId: physicalId, TagKeys: gone });
    if (own.length > 0) await call("secretsmanager", "TagResource", { SecretId: physicalId, Tags: own });
    return made(physicalId);
  },
  async delete({ call, physicalId: SecretId }) {
    try {
      const { ReplicationStatus = [] } = await call("secretsmanager", "DescribeSecret", { SecretId });
      const regions = ReplicationStatus.map(({ Region }) => Region!);
      if (regions.length > 0) await call("secretsmanager", "RemoveRegionsFromReplication", { SecretId, RemoveReplicaRegions: regions });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    await call("secretsmanager", "DeleteSecret", { SecretId, ForceDeleteWithoutRecovery: true });
  },
});

const regionsOf = ({ ReplicaRegions = [] }: Properties) => ReplicaRegions.map(({ Region }) => Region);

/** A copy under another key is made anew. */
async function changeReplicas({ call, physicalId, properties, previous }: UpdateRequest<Properties>): Promise<void> {
  const { ReplicaRegions: wanted = [] } = properties;
  const stays = (region: string) =>
    same(
      ...([properties, previous].map(({ ReplicaRegions }) => ReplicaRegions?.find(({ Region }) => Region === region)) as [
        unknown,
        unknown,
      ]),
    );
  const gone = regionsOf(previous).filter((region) => !stays(region));
  const added = wanted.filter(({ Region }) => !stays(Region));
  if (gone.length > 0) await call("secretsmanager", "RemoveRegionsFromReplication", { SecretId: physicalId, RemoveReplicaRegions: gone });
  if (added.length > 0) await call("secretsmanager", "ReplicateSecretToRegions", { SecretId: physicalId, AddReplicaRegions: added });
}

const made = (arn: string) => ({ physicalId: arn, attributes: { Id: arn } });

const nameOf = (request: ResourceRequest<Properties>) => request.properties.Name ?? request.physicalName(longestGeneratedName);

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

export const isNotFound = (error: unknown): boolean => error instanceof AwsError && error.code === "ResourceNotFoundException";

/** The given value, or one generated as the template says; `undefined` for a secret that begins empty. */
async function valueOf({ properties, call }: ResourceRequest<Properties>): Promise<string | undefined> {
  const { SecretString, GenerateSecretString: generate } = properties;
  if (SecretString !== undefined && generate) {
    throw new AwsError("InvalidRequest", "You must specify either GenerateSecretString or SecretString, not both.");
  }
  if (!generate) return SecretString;
  const { GenerateStringKey: key, SecretStringTemplate: template, ...rules } = generate;
  if ((key === undefined) !== (template === undefined)) {
    throw new AwsError("InvalidRequest", "SecretStringTemplate and GenerateStringKey must be given together.");
  }
  const { RandomPassword } = await call("secretsmanager", "GetRandomPassword", rules);
  if (key === undefined || template === undefined) return RandomPassword;
  return JSON.stringify({ ...parsedTemplate(template), [key]: RandomPassword });
}

function parsedTemplate(template: string): object {
  try {
    const parsed: unknown = JSON.parse(template);
    if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) return parsed;
  } catch {
    // said below, for every template that is no object
  }
  throw new AwsError("InvalidRequest", "Could not parse SecretStringTemplate JSON.");
}
