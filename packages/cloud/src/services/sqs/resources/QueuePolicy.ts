/** AWS::SQS::QueuePolicy: the policy of queues, as a resource of its own. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { AwsError } from "../../../aws-error.ts";
import { resource, type ResourceRequest } from "../../../resource.ts";

type Properties = ResourceProperties["AWS::SQS::QueuePolicy"];

export const queuePolicy = resource("AWS::SQS::QueuePolicy", {
  coverage: { real: ["PolicyDocument", "Queues"] },
  async create(request) {
    await put(request, request.properties.Queues);
    const id = request.physicalName(128);
    return { physicalId: id, attributes: { Id: id } };
  },
  async update(request) {
    const { previous, properties, physicalId } = request;
    await reset(
      request,
      previous.Queues.filter((url) => !properties.Queues.includes(url)),
    );
    await put(request, properties.Queues);
    return { physicalId, attributes: { Id: physicalId } };
  },
  delete: (request) => reset(request, request.properties.Queues),
});

async function put({ call, properties }: ResourceRequest<Properties>, queues: readonly string[]): Promise<void> {
  const { PolicyDocument } = properties;
  const Policy = typeof PolicyDocument === "string" ? PolicyDocument : JSON.stringify(PolicyDocument);
  for (const QueueUrl of queues) await call("sqs", "SetQueueAttributes", { QueueUrl, Attributes: { Policy } });
}

/** A queue that is gone needs none. */
async function reset({ call }: ResourceRequest<Properties>, queues: readonly string[]): Promise<void> {
  for (const QueueUrl of queues) {
    try {
      await call("sqs", "SetQueueAttributes", { QueueUrl, Attributes: { Policy: "" } });
    } catch (error) {
      if (!(error instanceof AwsError && error.code === "QueueDoesNotExist")) throw error;
    }
  }
}
