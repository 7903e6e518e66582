/** AWS::SQS::QueueInlinePolicy: the policy of one queue, which must have had none. */
import { AwsError } from "../../../aws-error.ts";
import { resource } from "../../../resource.ts";

const made = (url: string) => ({ physicalId: url, attributes: {} });

export const queueInlinePolicy = resource("AWS::SQS::QueueInlinePolicy", {
  coverage: { real: ["PolicyDocument", "Queue"] },
  async create({ call, properties }) {
    const { PolicyDocument, Queue: QueueUrl } = properties;
    const Policy = JSON.stringify(PolicyDocument);
    const { Attributes } = await call("sqs", "GetQueueAttributes", { QueueUrl, AttributeNames: ["Policy"] });
    // Its own, after a crash, it puts there again.
    if (Attributes?.Policy !== undefined && Attributes.Policy !== Policy) {
      throw new AwsError("AlreadyExists", `Resource of type 'AWS::SQS::QueueInlinePolicy' with identifier '${QueueUrl}' already exists.`);
    }
    await call("sqs", "SetQueueAttributes", { QueueUrl, Attributes: { Policy } });
    return made(QueueUrl);
  },
  async update({ call, properties, physicalId: QueueUrl }) {
    await call("sqs", "SetQueueAttributes", { QueueUrl, Attributes: { Policy: JSON.stringify(properties.PolicyDocument) } });
    return made(QueueUrl);
  },
  async delete({ call, physicalId: QueueUrl }) {
    try {
      await call("sqs", "SetQueueAttributes", { QueueUrl, Attributes: { Policy: "" } });
    } catch (error) {
      if (!(error instanceof AwsError && error.code === "QueueDoesNotExist")) throw error;
    }
  },
});
