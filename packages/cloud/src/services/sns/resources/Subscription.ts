/** AWS::SNS::Subscription. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { resource } from "../../../resource.ts";

type Properties = ResourceProperties["AWS::SNS::Subscription"];

export const subscription = resource("AWS::SNS::Subscription", {
  coverage: {
    real: ["Endpoint", "FilterPolicy", "FilterPolicyScope", "Protocol", "RawMessageDelivery", "RedrivePolicy", "TopicArn"],
    recorded: ["DeliveryPolicy"],
    refused: {
      Region: "a subscription lies in its topic's region",
      ReplayPolicy: "messages are not archived in the embedded cloud",
      SubscriptionRoleArn: "there is no Firehose in the embedded cloud",
    },
    note: "Protocols email, email-json, sqs, http and https (on this machine); HTTP deliveries are tried four times, 20 seconds apart.",
  },
  /** Subscribing again with the same attributes gives the same subscription: so a create that was interrupted is simply repeated. */
  async create({ properties, call }) {
    const { SubscriptionArn } = await call("sns", "Subscribe", {
      TopicArn: properties.TopicArn,
      Protocol: properties.Protocol,
      ...(properties.Endpoint !== undefined && { Endpoint: properties.Endpoint }),
      Attributes: attributesOf(properties),
      ReturnSubscriptionArn: true,
    });
    return made(SubscriptionArn!);
  },
  async update({ properties, previous, physicalId, call }) {
    const before = attributesOf(previous);
    const after = attributesOf(properties);
    // The scope first: it says how the policy is read. Where the policy goes, it goes before.
    const names = ["FilterPolicyScope", "FilterPolicy", "RawMessageDelivery", "DeliveryPolicy", "RedrivePolicy"];
    if (after["FilterPolicy"] === undefined) names.reverse();
    for (const AttributeName of names) {
      if (before[AttributeName] === after[AttributeName]) continue;
      const AttributeValue = after[AttributeName] ?? defaults[AttributeName]!;
      await call("sns", "SetSubscriptionAttributes", { SubscriptionArn: physicalId, AttributeName, AttributeValue });
    }
    return made(physicalId);
  },
  async delete({ physicalId, call }) {
    await call("sns", "Unsubscribe", { SubscriptionArn: physicalId });
  },
});

const defaults: Readonly<Record<string, string>> = {
  FilterPolicyScope: "MessageAttributes",
  FilterPolicy: "{}",
  RawMessageDelivery: "false",
  DeliveryPolicy: "{}",
  RedrivePolicy: "",
};

function attributesOf({
  FilterPolicy,
  FilterPolicyScope,
  RawMessageDelivery,
  DeliveryPolicy,
  RedrivePolicy,
}: Properties): Record<string, string> {
  const text = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
  return {
    ...(FilterPolicyScope !== undefined && { FilterPolicyScope }),
    ...(FilterPolicy !== undefined && { FilterPolicy: text(FilterPolicy) }),
    ...(RawMessageDelivery !== undefined && { RawMessageDelivery: String(RawMessageDelivery) }),
    ...(DeliveryPolicy !== undefined && { DeliveryPolicy: text(DeliveryPolicy) }),
    ...(RedrivePolicy !== undefined && { RedrivePolicy: text(RedrivePolicy) }),
  };
}

function made(arn: string) {
  return { physicalId: arn, attributes: { Arn: arn } };
}
