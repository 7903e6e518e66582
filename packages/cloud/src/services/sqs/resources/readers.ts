/** How queues and their policies are read again. */
import { exact, type Readers } from "../../../resource.ts";
import type { Call } from "../../../service.ts";

async function attributes(call: Call, QueueUrl: string): Promise<Record<string, string>> {
  return ((await call("sqs", "GetQueueAttributes", { QueueUrl, AttributeNames: ["All"] })).Attributes ?? {}) as Record<string, string>;
}

export const readers: Readers = {
  "AWS::SQS::Queue": async ({ call, physicalId }) => {
    const { RedrivePolicy, RedriveAllowPolicy, KmsMasterKeyId, ...rest } = await attributes(call, physicalId);
    return {
      ...rest,
      RedrivePolicy: RedrivePolicy === undefined ? null : JSON.parse(RedrivePolicy),
      RedriveAllowPolicy: RedriveAllowPolicy === undefined ? null : JSON.parse(RedriveAllowPolicy),
      KmsMasterKeyId: KmsMasterKeyId ?? null,
    };
  },
  "AWS::SQS::QueuePolicy": async ({ call, properties }) => {
    const { Policy } = await attributes(call, properties.Queues[0]!);
    return { PolicyDocument: exact(JSON.parse(Policy ?? "{}")) };
  },
  "AWS::SQS::QueueInlinePolicy": async ({ call, properties }) => {
    const { Policy } = await attributes(call, properties.Queue);
    return { PolicyDocument: exact(JSON.parse(Policy ?? "{}")) };
  },
};
