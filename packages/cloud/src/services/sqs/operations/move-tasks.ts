/** StartMessageMoveTask, CancelMessageMoveTask, ListMessageMoveTasks. */
import { AwsError } from "../../../aws-error.ts";
import type { Cloud } from "../../../cloud.ts";
import { operation } from "../../../service.ts";
import { sourcesOf } from "../dead-letters.ts";
import { invalidParameter, invalidValue, resourceNotFound } from "../errors.ts";
import { cancelTask, fastestPerSecond, startTask, tasksOf } from "../move-tasks.ts";
import { type Queue, queueByArn } from "../queue.ts";

function sourceQueue(cloud: Cloud, region: string, arn: string): Queue {
  const queue = queueByArn(cloud, arn);
  if (queue?.region !== region) throw resourceNotFound("SourceArn");
  return queue;
}

export const startMessageMoveTask = operation("sqs", "StartMessageMoveTask", (input, { cloud, region }) => {
  const { SourceArn, DestinationArn, MaxNumberOfMessagesPerSecond: rate } = input;
  const source = sourceQueue(cloud, region, SourceArn);
  if (sourcesOf(cloud, source).length === 0) throw invalidValue("Source queue must be configured as a Dead Letter Queue.");
  if (DestinationArn !== undefined) {
    const target = queueByArn(cloud, DestinationArn);
    if (target?.region !== region) throw resourceNotFound("DestinationArn");
    if (target.id === source.id) throw invalidValue("Source and destination queues must be different.");
    if (target.settings.fifo !== source.settings.fifo) throw invalidValue("Source and destination queues must be of the same type.");
  }
  if (rate !== undefined && (rate < 1 || rate > fastestPerSecond)) {
    throw invalidParameter(rate, "MaxNumberOfMessagesPerSecond", `Must be between 1 and ${fastestPerSecond}, if provided.`);
  }
  if (tasksOf(cloud, region, SourceArn).some(({ status }) => status === "RUNNING")) {
    throw invalidValue("There is already a task running. Only one active task is allowed for a source queue arn at a given time.");
  }
  const task = startTask(cloud, source, {
    ...(DestinationArn !== undefined && { destinationArn: DestinationArn }),
    ...(rate !== undefined && { maximumPerSecond: rate }),
  });
  return { TaskHandle: handleOf(task.id, SourceArn) };
});

export const cancelMessageMoveTask = operation("sqs", "CancelMessageMoveTask", (input, { cloud, region }) => {
  const { taskId, sourceArn } = readHandle(input.TaskHandle);
  sourceQueue(cloud, region, sourceArn);
  const task = tasksOf(cloud, region, sourceArn).find(({ id }) => id === taskId);
  if (!task) throw new AwsError("ResourceNotFoundException", "Task does not exist.", 404);
  if (task.status !== "RUNNING") {
    throw new AwsError("UnsupportedOperation", "The specified task is not in a state that can be cancelled: only a running task can be.");
  }
  cancelTask(cloud, task);
  return { ApproximateNumberOfMessagesMoved: task.moved };
});

export const listMessageMoveTasks = operation("sqs", "ListMessageMoveTasks", (input, { cloud, region }) => {
  const { SourceArn, MaxResults = 1 } = input;
  sourceQueue(cloud, region, SourceArn);
  if (MaxResults < 1 || MaxResults > 10) throw invalidParameter(MaxResults, "MaxResults", "Must be between 1 and 10, if provided.");
  return {
    Results: tasksOf(cloud, region, SourceArn)
      .slice(0, MaxResults)
      .map((task) => ({
        ...(task.status === "RUNNING" && { TaskHandle: handleOf(task.id, SourceArn) }),
        Status: task.status,
        SourceArn,
        ...(task.destinationArn !== undefined && { DestinationArn: task.destinationArn }),
        ...(task.maximumPerSecond !== undefined && { MaxNumberOfMessagesPerSecond: task.maximumPerSecond }),
        ApproximateNumberOfMessagesMoved: task.moved,
        ApproximateNumberOfMessagesToMove: task.toMove,
        ...(task.failureReason !== undefined && { FailureReason: task.failureReason }),
        StartedTimestamp: task.startedMs,
      })),
  };
});

const handleOf = (taskId: string, sourceArn: string) => Buffer.from(JSON.stringify({ taskId, sourceArn })).toString("base64");

function readHandle(handle: string): { taskId: string; sourceArn: string } {
  try {
    const { taskId, sourceArn } = JSON.parse(Buffer.from(handle, "base64").toString("utf8")) as Record<string, unknown>;
    if (typeof taskId === "string" && typeof sourceArn === "string") return { taskId, sourceArn };
  } catch {
    // Below: the same answer as for what can be read and is no handle.
  }
  throw invalidValue("Value for parameter TaskHandle is invalid.");
}
