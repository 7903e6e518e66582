/** The intelligent-tiering configurations of a template, put by id; those that are gone are deleted. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import type { Input } from "../../../aws.ts";
import type { Call } from "../../../service.ts";

type Properties = Pick<ResourceProperties["AWS::S3::Bucket"], "IntelligentTieringConfigurations">;

export async function putTiering(call: Call, Bucket: string, properties: Properties, previous: Properties): Promise<void> {
  const wanted = properties.IntelligentTieringConfigurations ?? [];
  for (const { Id } of previous.IntelligentTieringConfigurations ?? []) {
    if (!wanted.some((each) => each.Id === Id)) await call("s3", "DeleteBucketIntelligentTieringConfiguration", { Bucket, Id });
  }
  for (const { Id, Status, Prefix, TagFilters = [], Tierings } of wanted) {
    const one = TagFilters.length + (Prefix === undefined ? 0 : 1) < 2;
    const Filter = one ? { Prefix, Tag: TagFilters[0] } : { And: { Prefix, Tags: TagFilters } };
    const configuration = { Id, Status, Tierings, ...((Prefix !== undefined || TagFilters.length > 0) && { Filter }) };
    await call("s3", "PutBucketIntelligentTieringConfiguration", {
      Bucket,
      Id,
      IntelligentTieringConfiguration: configuration,
    } as Input<"s3", "PutBucketIntelligentTieringConfiguration">);
  }
}
