/** A queue of SQS. */
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";

/** As many messages as one request carries. */
export const maxBatch = 10;

export interface Outgoing {
  id: string;
  body: string;
  /** FIFO queues: its order holds within the group. */
  group?: string;
  deduplicationId?: string;
}

export interface Message {
  body: string;
  group: string | undefined;
  /** What stands for this delivery of it. */
  receipt: string;
  /** How often it was handed out, this time included. */
  deliveries: number;
}

export interface Queue {
  /** The ids of those that were refused. */
  send(messages: readonly Outgoing[]): Promise<string[]>;
  /** Waits up to 20 seconds for the first; a message is hidden from others for `visibilitySeconds`. */
  receive(count: number, visibilitySeconds: number, signal: AbortSignal): Promise<Message[]>;
  /** Hides messages for so many seconds from now; 0 gives them back. */
  hide(messages: readonly Message[], seconds: number): Promise<void>;
  delete(message: Message): Promise<void>;
}

const waitSeconds = 20;

export function openQueue(client: SQSClient, url: string): Queue {
  return {
    async send(messages) {
      const Entries = messages.map(({ id, body, group, deduplicationId }) => ({
        Id: id,
        MessageBody: body,
        MessageGroupId: group,
        MessageDeduplicationId: deduplicationId,
      }));
      const { Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
      return Failed.map(({ Id }) => Id!);
    },
    async receive(count, visibilitySeconds, signal) {
      const { Messages = [] } = await client.send(
        new ReceiveMessageCommand({
          QueueUrl: url,
          MaxNumberOfMessages: count,
          VisibilityTimeout: visibilitySeconds,
          WaitTimeSeconds: waitSeconds,
          MessageSystemAttributeNames: ["MessageGroupId", "ApproximateReceiveCount"],
        }),
        { abortSignal: signal },
      );
      return Messages.map(({ Body, ReceiptHandle, Attributes }) => ({
        body: Body!,
        group: Attributes?.MessageGroupId,
        receipt: ReceiptHandle!,
        deliveries: Number(Attributes?.ApproximateReceiveCount ?? 1),
      }));
    },
    async hide(messages, seconds) {
      for (let start = 0; start < messages.length; start += maxBatch) {
        const Entries = messages
          .slice(start, start + maxBatch)
          .map(({ receipt }, index) => ({ Id: String(index), ReceiptHandle: receipt, VisibilityTimeout: seconds }));
        const { Failed = [] } = await client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: url, Entries }));
        if (Failed.length > 0) throw new Error(`${Failed.length} of ${Entries.length} messages are no longer ours: ${Failed[0]!.Message}`);
      }
    },
    async delete({ receipt }) {
      await client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: receipt }));
    },
  };
}
