/** AWS::CloudFront::Distribution. */
import { AwsError } from "../../../aws-error.ts";
import { resource } from "../../../resource.ts";
import { splitTags, withSystemTags } from "../../../runtime/system-tags.ts";
import type { Call } from "../../../service.ts";
import { configOf } from "./distribution-properties.ts";

async function made(call: Call, id: string) {
  const { Distribution } = await call("cloudfront", "GetDistribution", { Id: id });
  return { physicalId: id, attributes: { Id: id, DomainName: Distribution!.DomainName! } };
}

const gone = (error: unknown) => {
  if (!(error instanceof AwsError && error.code === "NoSuchDistribution")) throw error;
};

/** Of all of them, the one whose caller reference is the act's token. */
async function idOf(call: Call, token: string): Promise<string | undefined> {
  for (let Marker: string | undefined; ;) {
    const { DistributionList: list } = await call("cloudfront", "ListDistributions", Marker === undefined ? {} : { Marker });
    for (const { Id } of list?.Items ?? []) {
      const { DistributionConfig } = await call("cloudfront", "GetDistributionConfig", { Id: Id! });
      if (DistributionConfig!.CallerReference === token) return Id!;
    }
    if (list?.NextMarker === undefined) return undefined;
    Marker = list.NextMarker;
  }
}

async function retag(call: Call, arn: string, wanted: readonly { Key: string; Value: string }[]): Promise<void> {
  const { Tags } = await call("cloudfront", "ListTagsForResource", { Resource: arn });
  const stale = (Tags?.Items ?? []).flatMap(({ Key = "" }) =>
    Key.startsWith("aws:") || wanted.some((tag) => tag.Key === Key) ? [] : [Key],
  );
  if (stale.length > 0) await call("cloudfront", "UntagResource", { Resource: arn, TagKeys: { Items: stale } });
  if (wanted.length > 0) await call("cloudfront", "TagResource", { Resource: arn, Tags: { Items: [...wanted] } });
}

export const distribution = resource("AWS::CloudFront::Distribution", {
  coverage: {
    real: ["DistributionConfig", "Tags"],
    recorded: [
      "DistributionConfig.Comment",
      "DistributionConfig.IPV6Enabled",
      "DistributionConfig.PriceClass",
      "DistributionConfig.Restrictions",
      "DistributionConfig.CacheTagConfig",
    ],
    refused: {
      "DistributionConfig.AnycastIpListId": "anycast address lists are not served",
      "DistributionConfig.ConnectionFunctionAssociation": "connection functions are not served",
      "DistributionConfig.ConnectionMode": "multi-tenant distributions are not served",
      "DistributionConfig.ContinuousDeploymentPolicyId": "continuous deployment is not served",
      "DistributionConfig.CustomOrigin": "give Origins instead",
      "DistributionConfig.S3Origin": "give Origins instead",
      "DistributionConfig.Staging": "continuous deployment is not served",
      "DistributionConfig.TenantConfig": "multi-tenant distributions are not served",
      "DistributionConfig.ViewerMtlsConfig": "mutual TLS with viewers is not served",
    },
    note:
      "It listens on a loopback address of its own, which is its `DomainName` (decisions 0023 and 0051). Behaviors keep `FieldLevelEncryptionId`, `RealtimeLogConfigArn` and `SmoothStreaming` without effect; " +
      "Lambda@Edge, signed URLs, gRPC and VPC origins are refused. HTTP/3 is not offered; origins on other machines are not asked.",
  },
  async create(request) {
    const { properties, call, token } = request;
    const tags = splitTags(request.tags, properties.Tags);
    const { Distribution } = await call(
      "cloudfront",
      "CreateDistributionWithTags",
      withSystemTags(
        {
          DistributionConfigWithTags: {
            DistributionConfig: configOf(properties.DistributionConfig, token) as never,
            Tags: { Items: tags.own },
          },
        },
        tags.system,
      ),
    );
    return made(call, Distribution!.Id!);
  },
  async update({ properties, previous, call, physicalId: Id, tags }) {
    const { DistributionConfig: now, ETag } = await call("cloudfront", "GetDistributionConfig", { Id });
    if (JSON.stringify(properties.DistributionConfig) !== JSON.stringify(previous.DistributionConfig))
      await call("cloudfront", "UpdateDistribution", {
        Id,
        IfMatch: ETag!,
        DistributionConfig: configOf(properties.DistributionConfig, now!.CallerReference!) as never,
      });
    const { Distribution } = await call("cloudfront", "GetDistribution", { Id });
    await retag(call, Distribution!.ARN!, splitTags(tags, properties.Tags).own);
    return made(call, Id);
  },
  async delete({ call, physicalId: Id }) {
    try {
      let { DistributionConfig: config, ETag } = await call("cloudfront", "GetDistributionConfig", { Id });
      if (config!.Enabled)
        ({ ETag } = await call("cloudfront", "UpdateDistribution", {
          Id,
          IfMatch: ETag!,
          DistributionConfig: { ...config!, Enabled: false } as never,
        }));
      await call("cloudfront", "DeleteDistribution", { Id, IfMatch: ETag! });
    } catch (error) {
      gone(error);
    }
  },
  async find({ call, token }) {
    const id = await idOf(call, token);
    return id === undefined ? undefined : made(call, id);
  },
});
