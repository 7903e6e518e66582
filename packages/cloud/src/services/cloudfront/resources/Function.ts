/** AWS::CloudFront::Function. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { AwsError } from "../../../aws-error.ts";
import { type Made, MadeInPart, resource, type ResourceRequest } from "../../../resource.ts";
import { splitTags, withSystemTags } from "../../../runtime/system-tags.ts";
import type { Call } from "../../../service.ts";

type Properties = ResourceProperties["AWS::CloudFront::Function"];
type Request = ResourceRequest<Properties>;

const nameOf = (arn: string) => arn.slice(arn.lastIndexOf("/") + 1);

const given = ({ FunctionConfig, FunctionCode }: Properties) => ({
  FunctionConfig: { Comment: FunctionConfig.Comment, Runtime: FunctionConfig.Runtime as "cloudfront-js-2.0" },
  FunctionCode: Buffer.from(FunctionCode),
});

function made(arn: string, { AutoPublish = false }: Properties): Made {
  return {
    physicalId: arn,
    attributes: { FunctionARN: arn, "FunctionMetadata.FunctionARN": arn, Stage: AutoPublish ? "LIVE" : "DEVELOPMENT" },
  };
}

async function publish(call: Call, Name: string, { AutoPublish = false }: Properties): Promise<void> {
  if (!AutoPublish) return;
  const { ETag } = await call("cloudfront", "DescribeFunction", { Name });
  await call("cloudfront", "PublishFunction", { Name, IfMatch: ETag! });
}

async function present({ call }: Pick<Request, "call">, Name: string) {
  try {
    return await call("cloudfront", "DescribeFunction", { Name });
  } catch (error) {
    if (error instanceof AwsError && error.code === "NoSuchFunctionExists") return undefined;
    throw error;
  }
}

export const edgeFunction = resource("AWS::CloudFront::Function", {
  coverage: {
    real: ["AutoPublish", "FunctionCode", "FunctionConfig", "Name", "Tags"],
    recorded: ["FunctionConfig.Comment", "FunctionMetadata"],
    refused: { "FunctionConfig.KeyValueStoreAssociations": "key value stores are not served" },
    note: "Run in a context of their own in the cloud's process, with a limit of time: not a wall against code that means harm.",
  },
  async create(request) {
    const { properties, call } = request;
    const { Name } = properties;
    const tags = splitTags(request.tags, properties.Tags);
    const { FunctionSummary } = await call(
      "cloudfront",
      "CreateFunction",
      withSystemTags({ Name, ...given(properties), ...(tags.own.length > 0 && { Tags: { Items: tags.own } }) }, tags.system),
    );
    const arn = FunctionSummary!.FunctionMetadata!.FunctionARN!;
    try {
      await publish(call, Name, properties);
    } catch (error) {
      throw new MadeInPart(arn, error);
    }
    return made(arn, properties);
  },
  async update({ properties, call, physicalId }) {
    const Name = nameOf(physicalId);
    const { ETag } = await call("cloudfront", "DescribeFunction", { Name });
    await call("cloudfront", "UpdateFunction", { Name, IfMatch: ETag!, ...given(properties) });
    await publish(call, Name, properties);
    return made(physicalId, properties);
  },
  async delete(request) {
    const Name = nameOf(request.physicalId);
    const found = await present(request, Name);
    if (found) await request.call("cloudfront", "DeleteFunction", { Name, IfMatch: found.ETag! });
  },
  async find(request) {
    const { properties, call, tags } = request;
    const found = await present(request, properties.Name);
    const arn = found?.FunctionSummary?.FunctionMetadata?.FunctionARN;
    if (arn === undefined) return undefined;
    const { Tags } = await call("cloudfront", "ListTagsForResource", { Resource: arn });
    const ours = ["aws:cloudformation:stack-id", "aws:cloudformation:logical-id"].every((key) =>
      (Tags?.Items ?? []).some(({ Key, Value }) => Key === key && Value === tags[key]),
    );
    if (!ours) return undefined;
    await publish(call, properties.Name, properties);
    return made(arn, properties);
  },
});
