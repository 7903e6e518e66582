/** Amazon SQS in the embedded cloud. README.md says what is real, recorded and refused. */
import { defineService } from "../../service.ts";
import { onArn, onCreate, onName, onQueue, sourceInHandle } from "./authorize.ts";
import type { Cloud } from "../../cloud.ts";
import { metrics } from "./metrics.ts";
import { resumeTasks, stopTasks } from "./move-tasks.ts";
import * as attributes from "./operations/attributes.ts";
import * as moveTasks from "./operations/move-tasks.ts";
import { addPermission, removePermission } from "./operations/permissions.ts";
import * as queues from "./operations/queues.ts";
import * as receipts from "./operations/receipts.ts";
import { receiveMessage } from "./operations/ReceiveMessage.ts";
import { sendMessage, sendMessageBatch } from "./operations/SendMessage.ts";
import * as tags from "./operations/tags.ts";
import { queue } from "./resources/Queue.ts";
import { queueInlinePolicy } from "./resources/QueueInlinePolicy.ts";
import { queuePolicy } from "./resources/QueuePolicy.ts";
import { schema } from "./tables.ts";
import { stopWaiting } from "./waiting.ts";
import { readers } from "./resources/readers.ts";

export const sqs = defineService({
  id: "sqs",
  operations: {
    CreateQueue: queues.createQueue,
    DeleteQueue: queues.deleteQueue,
    PurgeQueue: queues.purgeQueue,
    GetQueueUrl: queues.getQueueUrl,
    ListQueues: queues.listQueues,
    ListDeadLetterSourceQueues: queues.listDeadLetterSourceQueues,
    GetQueueAttributes: attributes.getQueueAttributes,
    SetQueueAttributes: attributes.setQueueAttributes,
    AddPermission: addPermission,
    RemovePermission: removePermission,
    TagQueue: tags.tagQueue,
    UntagQueue: tags.untagQueue,
    ListQueueTags: tags.listQueueTags,
    SendMessage: sendMessage,
    SendMessageBatch: sendMessageBatch,
    ReceiveMessage: receiveMessage,
    DeleteMessage: receipts.deleteMessage,
    DeleteMessageBatch: receipts.deleteMessageBatch,
    ChangeMessageVisibility: receipts.changeMessageVisibility,
    ChangeMessageVisibilityBatch: receipts.changeMessageVisibilityBatch,
    StartMessageMoveTask: moveTasks.startMessageMoveTask,
    CancelMessageMoveTask: moveTasks.cancelMessageMoveTask,
    ListMessageMoveTasks: moveTasks.listMessageMoveTasks,
  },
  authorize: {
    CreateQueue: onCreate,
    DeleteQueue: onQueue("DeleteQueue"),
    PurgeQueue: onQueue("PurgeQueue"),
    GetQueueUrl: (input, context) => [onName("GetQueueUrl", input.QueueName, context, input.QueueOwnerAWSAccountId)],
    ListQueues: (_, context) => [onName("ListQueues", "*", context)],
    ListDeadLetterSourceQueues: onQueue("ListDeadLetterSourceQueues"),
    GetQueueAttributes: onQueue("GetQueueAttributes"),
    SetQueueAttributes: onQueue("SetQueueAttributes"),
    AddPermission: onQueue("AddPermission"),
    RemovePermission: onQueue("RemovePermission"),
    TagQueue: onQueue("TagQueue"),
    UntagQueue: onQueue("UntagQueue"),
    ListQueueTags: onQueue("ListQueueTags"),
    SendMessage: onQueue("SendMessage"),
    SendMessageBatch: onQueue("SendMessage"),
    ReceiveMessage: onQueue("ReceiveMessage"),
    DeleteMessage: onQueue("DeleteMessage"),
    DeleteMessageBatch: onQueue("DeleteMessage"),
    ChangeMessageVisibility: onQueue("ChangeMessageVisibility"),
    ChangeMessageVisibilityBatch: onQueue("ChangeMessageVisibility"),
    // Source: Amazon SQS Developer Guide, "Configuring queue permissions for dead-letter queue redrive".
    StartMessageMoveTask: ({ SourceArn, DestinationArn }, context) => [
      ...onArn(["StartMessageMoveTask", "ReceiveMessage", "DeleteMessage", "GetQueueAttributes"], SourceArn, context),
      ...(DestinationArn === undefined ? [] : onArn(["SendMessage"], DestinationArn, context)),
    ],
    CancelMessageMoveTask: ({ TaskHandle }, context) =>
      onArn(["CancelMessageMoveTask", "ReceiveMessage", "DeleteMessage", "GetQueueAttributes"], sourceInHandle(TaskHandle), context),
    ListMessageMoveTasks: ({ SourceArn }, context) =>
      onArn(["ListMessageMoveTasks", "ReceiveMessage", "DeleteMessage", "GetQueueAttributes"], SourceArn, context),
  },
  readers,
  resources: { "AWS::SQS::Queue": queue, "AWS::SQS::QueueInlinePolicy": queueInlinePolicy, "AWS::SQS::QueuePolicy": queuePolicy },
  start(cloud) {
    cloud.store.schema("state", schema);
    resumeTasks(cloud);
    metrics.start(cloud);
  },
  stop: stopAll,
  reset: stopAll,
});

async function stopAll(cloud: Cloud): Promise<void> {
  stopTasks(cloud);
  stopWaiting(cloud);
  await metrics.stop(cloud);
}
