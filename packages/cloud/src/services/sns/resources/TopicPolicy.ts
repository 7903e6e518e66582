/** AWS::SNS::TopicPolicy: the policy of topics, as a resource of its own. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { AwsError } from "../../../aws-error.ts";
import { resource, type ResourceRequest } from "../../../resource.ts";

type Properties = ResourceProperties["AWS::SNS::TopicPolicy"];

export const topicPolicy = resource("AWS::SNS::TopicPolicy", {
  coverage: { real: ["PolicyDocument", "Topics"] },
  async create(request) {
    await put(request, request.properties.Topics);
    const id = request.physicalName(128);
    return { physicalId: id, attributes: { Id: id } };
  },
  async update(request) {
    const { previous, properties, physicalId } = request;
    await reset(
      request,
      previous.Topics.filter((arn) => !properties.Topics.includes(arn)),
    );
    await put(request, properties.Topics);
    return { physicalId, attributes: { Id: physicalId } };
  },
  delete: (request) => reset(request, request.properties.Topics),
});

async function put({ call, properties }: ResourceRequest<Properties>, topics: readonly string[]): Promise<void> {
  const { PolicyDocument } = properties;
  const AttributeValue = typeof PolicyDocument === "string" ? PolicyDocument : JSON.stringify(PolicyDocument);
  for (const TopicArn of topics) await call("sns", "SetTopicAttributes", { TopicArn, AttributeName: "Policy", AttributeValue });
}

/** Back to the default policy; a topic that is gone needs none. */
async function reset({ call }: ResourceRequest<Properties>, topics: readonly string[]): Promise<void> {
  for (const TopicArn of topics) {
    try {
      await call("sns", "SetTopicAttributes", { TopicArn, AttributeName: "Policy", AttributeValue: "" });
    } catch (error) {
      if (!(error instanceof AwsError && error.code === "NotFound")) throw error;
    }
  }
}
