/** AWS::ECR::Repository. */
import { AwsError } from "../../../aws-error.ts";
import { type Made, resource, type ResourceRequest } from "../../../resource.ts";
import { splitTags, withSystemTags } from "../../../runtime/system-tags.ts";
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";

type Properties = ResourceProperties["AWS::ECR::Repository"];

const textOf = (policy: unknown) => (typeof policy === "string" ? policy : JSON.stringify(policy));

const exclusionsOf = (properties: Properties) =>
  properties.ImageTagMutabilityExclusionFilters?.map((each) => ({
    filterType: each.ImageTagMutabilityExclusionFilterType as "WILDCARD",
    filter: each.ImageTagMutabilityExclusionFilterValue,
  }));

const ownTags = ({ Tags }: Properties) => (Tags ?? []).filter(({ Key }) => !Key.startsWith("aws:"));

const mutabilityOf = (properties: Properties) => (properties.ImageTagMutability ?? "MUTABLE") as "MUTABLE";

async function made({ call }: Pick<ResourceRequest<Properties>, "call">, name: string): Promise<Made> {
  const { repositories } = await call("ecr", "DescribeRepositories", { repositoryNames: [name] });
  const { repositoryArn, repositoryUri } = repositories![0]!;
  return { physicalId: name, attributes: { Arn: repositoryArn!, RepositoryUri: repositoryUri! } };
}

/** Policies are put by calls of their own; these may be repeated. */
async function putPolicies({ call, properties }: ResourceRequest<Properties>, repositoryName: string): Promise<void> {
  const lifecyclePolicyText = properties.LifecyclePolicy?.LifecyclePolicyText;
  if (lifecyclePolicyText !== undefined) await call("ecr", "PutLifecyclePolicy", { repositoryName, lifecyclePolicyText });
  if (properties.RepositoryPolicyText !== undefined) {
    await call("ecr", "SetRepositoryPolicy", { repositoryName, policyText: textOf(properties.RepositoryPolicyText) });
  }
}

const nameOf = (request: ResourceRequest<Properties>) =>
  request.properties.RepositoryName ?? request.physicalName(256, { lowerCase: true });

const notThere = (error: unknown) => error instanceof AwsError && error.code.endsWith("NotFoundException");

export const repository = resource("AWS::ECR::Repository", {
  coverage: {
    real: [
      "EmptyOnDelete",
      "ImageTagMutability",
      "ImageTagMutabilityExclusionFilters",
      "LifecyclePolicy",
      "RepositoryName",
      "RepositoryPolicyText",
      "Tags",
    ],
    recorded: ["EncryptionConfiguration", "ImageScanningConfiguration"],
    note: "Images are kept and pulled by ECR's API; images are not scanned, and blobs lie unencrypted in the state folder.",
  },

  async create(request) {
    const { call, properties } = request;
    const repositoryName = nameOf(request);
    const exclusions = exclusionsOf(properties);
    const input = {
      repositoryName,
      imageTagMutability: mutabilityOf(properties),
      ...(exclusions && { imageTagMutabilityExclusionFilters: exclusions }),
      imageScanningConfiguration: { scanOnPush: properties.ImageScanningConfiguration?.ScanOnPush ?? false },
      ...(properties.EncryptionConfiguration && {
        encryptionConfiguration: {
          encryptionType: properties.EncryptionConfiguration.EncryptionType as "AES256",
          ...(properties.EncryptionConfiguration.KmsKey !== undefined && { kmsKey: properties.EncryptionConfiguration.KmsKey }),
        },
      }),
      tags: ownTags(properties),
    };
    await call("ecr", "CreateRepository", withSystemTags(input, splitTags(request.tags).system));
    try {
      await putPolicies(request, repositoryName);
    } catch (error) {
      await call("ecr", "DeleteRepository", { repositoryName, force: true });
      throw error;
    }
    return made(request, repositoryName);
  },

  async update(request) {
    const { call, properties, previous, physicalId: repositoryName } = request;
    const exclusions = exclusionsOf(properties);
    await call("ecr", "PutImageTagMutability", {
      repositoryName,
      imageTagMutability: mutabilityOf(properties),
      ...(exclusions && { imageTagMutabilityExclusionFilters: exclusions }),
    });
    await call("ecr", "PutImageScanningConfiguration", {
      repositoryName,
      imageScanningConfiguration: { scanOnPush: properties.ImageScanningConfiguration?.ScanOnPush ?? false },
    });
    if (previous.LifecyclePolicy?.LifecyclePolicyText !== undefined && properties.LifecyclePolicy?.LifecyclePolicyText === undefined) {
      await call("ecr", "DeleteLifecyclePolicy", { repositoryName }).catch(ignoreNotThere);
    }
    if (previous.RepositoryPolicyText !== undefined && properties.RepositoryPolicyText === undefined) {
      await call("ecr", "DeleteRepositoryPolicy", { repositoryName }).catch(ignoreNotThere);
    }
    await putPolicies(request, repositoryName);
    const answer = await made(request, repositoryName);
    const resourceArn = answer.attributes.Arn as string;
    const kept = new Set(ownTags(properties).map(({ Key }) => Key));
    const gone = ownTags(previous)
      .map(({ Key }) => Key)
      .filter((key) => !kept.has(key));
    if (gone.length > 0) await call("ecr", "UntagResource", { resourceArn, tagKeys: gone });
    if (kept.size > 0) await call("ecr", "TagResource", { resourceArn, tags: ownTags(properties) });
    return answer;
  },

  async delete({ call, physicalId, properties }) {
    try {
      await call("ecr", "DeleteRepository", { repositoryName: physicalId, force: properties.EmptyOnDelete === true });
    } catch (error) {
      if (!notThere(error)) throw error;
    }
  },

  async find(request) {
    const name = nameOf(request);
    try {
      const answer = await made(request, name);
      const { tags } = await request.call("ecr", "ListTagsForResource", { resourceArn: answer.attributes.Arn as string });
      const own = (key: string) => tags?.find(({ Key }) => Key === key)?.Value;
      const ours = own("aws:cloudformation:stack-id") === request.stackId && own("aws:cloudformation:logical-id") === request.logicalId;
      if (!ours && request.properties.RepositoryName !== undefined) return undefined;
      await putPolicies(request, name);
      return answer;
    } catch (error) {
      if (notThere(error)) return undefined;
      throw error;
    }
  },
});

function ignoreNotThere(error: unknown): void {
  if (!notThere(error)) throw error;
}
