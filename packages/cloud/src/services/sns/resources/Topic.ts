/** AWS::SNS::Topic, with its Subscription property. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { resource, type ResourceRequest, MadeInPart } from "../../../resource.ts";

type Properties = ResourceProperties["AWS::SNS::Topic"];

export const topic = resource("AWS::SNS::Topic", {
  coverage: {
    real: [
      "ContentBasedDeduplication",
      "DisplayName",
      "FifoThroughputScope",
      "FifoTopic",
      "KmsMasterKeyId",
      "SignatureVersion",
      "Subscription",
      "Tags",
      "TopicName",
    ],
    recorded: ["DeliveryStatusLogging", "TracingConfig"],
    refused: {
      ArchivePolicy: "messages are not archived in the embedded cloud",
      DataProtectionPolicy: "nothing is masked in the embedded cloud",
      MaximumMessageSize: "messages are limited to 262,144 bytes",
    },
    note: "E-mails lie in the mailbox (`/_plinth/mailbox`); HTTP endpoints are called on this machine only.",
  },
  async create(request) {
    const { properties, call } = request;
    const name = nameOf(request);
    const { TopicArn } = await call("sns", "CreateTopic", {
      Name: name,
      Attributes: attributesOf(properties, true),
      Tags: properties.Tags ?? [],
    });
    try {
      await subscribeAll(request, TopicArn!, properties.Subscription ?? []);
    } catch (error) {
      throw new MadeInPart(TopicArn!, error);
    }
    return { physicalId: TopicArn!, attributes: { TopicArn: TopicArn!, TopicName: name } };
  },
  async update(request) {
    const { properties, previous, physicalId: TopicArn, call } = request;
    const before = attributesOf(previous, false);
    const after = attributesOf(properties, false);
    for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
      if (before[name] === after[name]) continue;
      await call("sns", "SetTopicAttributes", { TopicArn, AttributeName: name, AttributeValue: after[name] ?? defaults[name] ?? "" });
    }
    const gone = (previous.Tags ?? []).map(({ Key }) => Key).filter((key) => !properties.Tags?.some(({ Key }) => Key === key));
    if (gone.length > 0) await call("sns", "UntagResource", { ResourceArn: TopicArn, TagKeys: gone });
    if (properties.Tags?.length) await call("sns", "TagResource", { ResourceArn: TopicArn, Tags: properties.Tags });
    const has = (all: Properties["Subscription"] = [], wanted: { Protocol: string; Endpoint: string }) =>
      all.some(({ Protocol, Endpoint }) => Protocol === wanted.Protocol && Endpoint === wanted.Endpoint);
    for (const old of previous.Subscription ?? []) if (!has(properties.Subscription, old)) await unsubscribeOne(request, TopicArn, old);
    await subscribeAll(
      request,
      TopicArn,
      (properties.Subscription ?? []).filter((each) => !has(previous.Subscription, each)),
    );
    return { physicalId: TopicArn, attributes: { TopicArn, TopicName: TopicArn.split(":")[5]! } };
  },
  async delete({ physicalId, call }) {
    await call("sns", "DeleteTopic", { TopicArn: physicalId });
  },
});

const defaults: Readonly<Record<string, string>> = { ContentBasedDeduplication: "false", FifoThroughputScope: "Topic" };

function nameOf({ properties, physicalName }: ResourceRequest<Properties>): string {
  if (properties.TopicName !== undefined) return properties.TopicName;
  return properties.FifoTopic ? `${physicalName(251)}.fifo` : physicalName(256);
}

function attributesOf(properties: Properties, atCreation: boolean): Record<string, string> {
  const { ContentBasedDeduplication, DisplayName, FifoThroughputScope, FifoTopic, KmsMasterKeyId, SignatureVersion, TracingConfig } =
    properties;
  const logging = (properties.DeliveryStatusLogging ?? []).flatMap(
    ({ Protocol, SuccessFeedbackRoleArn, FailureFeedbackRoleArn, SuccessFeedbackSampleRate }) => {
      const prefix = { "http/s": "HTTP", sqs: "SQS", lambda: "Lambda", firehose: "Firehose", application: "Application" }[
        Protocol as "sqs"
      ];
      return Object.entries({
        [`${prefix}SuccessFeedbackRoleArn`]: SuccessFeedbackRoleArn,
        [`${prefix}FailureFeedbackRoleArn`]: FailureFeedbackRoleArn,
        [`${prefix}SuccessFeedbackSampleRate`]: SuccessFeedbackSampleRate,
      });
    },
  );
  const all = Object.entries({
    ContentBasedDeduplication,
    DisplayName,
    FifoThroughputScope,
    KmsMasterKeyId,
    SignatureVersion,
    TracingConfig,
    ...(atCreation && { FifoTopic }),
    ...Object.fromEntries(logging),
  });
  return Object.fromEntries(all.flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])));
}

type Wanted = NonNullable<Properties["Subscription"]>[number];

async function subscribeAll({ call }: ResourceRequest<Properties>, TopicArn: string, wanted: readonly Wanted[]): Promise<void> {
  for (const { Protocol, Endpoint } of wanted) await call("sns", "Subscribe", { TopicArn, Protocol, Endpoint });
}

/** A pending subscription goes as well, though lists do not tell its ARN: asking again for it does. */
async function unsubscribeOne({ call }: ResourceRequest<Properties>, TopicArn: string, { Protocol, Endpoint }: Wanted): Promise<void> {
  const { Subscriptions = [] } = await call("sns", "ListSubscriptionsByTopic", { TopicArn });
  const found = Subscriptions.find((each) => each.Protocol === Protocol && each.Endpoint === Endpoint);
  if (!found) return;
  const arn = found.SubscriptionArn!.startsWith("arn:")
    ? found.SubscriptionArn!
    : (await call("sns", "Subscribe", { TopicArn, Protocol, Endpoint, ReturnSubscriptionArn: true })).SubscriptionArn!;
  await call("sns", "Unsubscribe", { SubscriptionArn: arn });
}
