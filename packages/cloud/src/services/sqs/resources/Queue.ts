/** AWS::SQS::Queue. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { AwsError } from "../../../aws-error.ts";
import { type Made, resource, type ResourceRequest } from "../../../resource.ts";
import { splitTags, withSystemTags } from "../../../runtime/system-tags.ts";
import { tagsTell } from "../../../stack-tags.ts";
import { queueArn, queueUrl } from "../queue-address.ts";
import { deletionMs } from "../queue.ts";
import { numbers } from "../settings.ts";

type Properties = ResourceProperties["AWS::SQS::Queue"];
type Request = ResourceRequest<Properties>;

export const queue = resource("AWS::SQS::Queue", {
  coverage: {
    real: [
      "ContentBasedDeduplication",
      "DeduplicationScope",
      "DelaySeconds",
      "FifoQueue",
      "KmsMasterKeyId",
      "MaximumMessageSize",
      "MessageRetentionPeriod",
      "QueueName",
      "ReceiveMessageWaitTimeSeconds",
      "RedriveAllowPolicy",
      "RedrivePolicy",
      "Tags",
      "VisibilityTimeout",
    ],
    recorded: ["FifoThroughputLimit", "KmsDataKeyReusePeriodSeconds", "SqsManagedSseEnabled"],
    note: "Nothing is throttled, so FifoThroughputLimit changes nothing. Who sends and receives needs the rights to the queue's KMS key; on the disk messages lie as they are.",
  },
  async create(request) {
    const name = nameOf(request);
    if (await presentTags(request, name)) {
      throw new AwsError("AlreadyExists", `Resource of type 'AWS::SQS::Queue' with identifier '${name}' already exists.`);
    }
    const { own, system } = splitTags(request.tags, request.properties.Tags);
    const tags = Object.fromEntries(own.map(({ Key, Value }) => [Key, Value]));
    const input = withSystemTags({ QueueName: name, Attributes: attributesOf(request.properties, true), tags }, system);
    for (;;) {
      try {
        await request.call("sqs", "CreateQueue", input);
        return made(request, name);
      } catch (error) {
        if (!(error instanceof AwsError && error.code === "QueueDeletedRecently")) throw error;
        // Known to pass: a stack that is made anew waits for its names instead of failing.
        await request.cloud.world.clock.sleep(deletionMs / 20, request.signal);
      }
    }
  },
  async update(request) {
    const { properties, previous, physicalId: QueueUrl, call } = request;
    const before = attributesOf(previous, false);
    const after = attributesOf(properties, false);
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((name) => before[name] !== after[name]);
    if (names.length > 0) {
      const Attributes = Object.fromEntries(
        names.flatMap((name) => {
          const value = after[name] ?? unset(name, properties);
          return value === undefined ? [] : [[name, value]];
        }),
      );
      if (Object.keys(Attributes).length > 0) await call("sqs", "SetQueueAttributes", { QueueUrl, Attributes });
    }
    await retag(request, previous);
    return made(request, QueueUrl.slice(QueueUrl.lastIndexOf("/") + 1));
  },
  async delete({ physicalId, call }) {
    try {
      await call("sqs", "DeleteQueue", { QueueUrl: physicalId });
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  },
  async find(request) {
    const name = nameOf(request);
    const tags = await presentTags(request, name);
    return tags && tagsTell(request, tags) ? made(request, name) : undefined;
  },
});

function nameOf({ properties, physicalName }: Request): string {
  if (properties.QueueName !== undefined) return properties.QueueName;
  return properties.FifoQueue ? `${physicalName(75)}.fifo` : physicalName(80);
}

function made({ cloud, region, account }: Pick<Request, "cloud" | "region" | "account">, name: string): Made {
  const url = queueUrl(cloud, name);
  return { physicalId: url, attributes: { Arn: queueArn(region, account, name), QueueName: name, QueueUrl: url } };
}

const isGone = (error: unknown) => error instanceof AwsError && error.code === "QueueDoesNotExist";

/** The tags of the queue that has this name, if there is one. */
async function presentTags({ call, cloud }: Request, name: string): Promise<{ Key: string; Value: string }[] | undefined> {
  try {
    const { Tags = {} } = await call("sqs", "ListQueueTags", { QueueUrl: queueUrl(cloud, name) });
    return Object.entries(Tags).map(([Key, Value]) => ({ Key, Value }));
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** FifoQueue replaces: an update does not name it. */
function attributesOf(properties: Properties, atCreation: boolean): Record<string, string> {
  const { QueueName: _, Tags: __, FifoQueue, ...attributes } = properties;
  const all = { ...attributes, ...(atCreation && FifoQueue && { FifoQueue }) };
  return Object.fromEntries(
    Object.entries(all).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, typeof value === "object" ? JSON.stringify(value) : String(value)]],
    ),
  );
}

/** The value that a property has which the template does not name any more; `undefined` where another property decides. */
function unset(name: string, { FifoQueue, KmsMasterKeyId }: Properties): string | undefined {
  if (name === "KmsDataKeyReusePeriodSeconds" && KmsMasterKeyId === undefined) return undefined;
  // A new queue takes 1 MiB, but CloudFormation goes back to what was the default before.
  if (name === "MaximumMessageSize") return "262144";
  if (numbers[name]) return String(numbers[name].default);
  if (name === "SqsManagedSseEnabled") return KmsMasterKeyId === undefined ? "true" : undefined;
  if (name === "ContentBasedDeduplication") return "false";
  if (name === "DeduplicationScope") return FifoQueue ? "queue" : undefined;
  if (name === "FifoThroughputLimit") return FifoQueue ? "perQueue" : undefined;
  return "";
}

async function retag(
  { tags, properties, physicalId: QueueUrl, call }: Request & { physicalId: string },
  previous: Properties,
): Promise<void> {
  const wanted = Object.fromEntries(splitTags(tags, properties.Tags).own.map(({ Key, Value }) => [Key, Value]));
  const gone = (previous.Tags ?? []).map(({ Key }) => Key).filter((key) => !key.startsWith("aws:") && !(key in wanted));
  if (gone.length > 0) await call("sqs", "UntagQueue", { QueueUrl, TagKeys: gone });
  if (Object.keys(wanted).length > 0) await call("sqs", "TagQueue", { QueueUrl, Tags: wanted });
}
