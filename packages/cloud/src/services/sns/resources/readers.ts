/** How topics, their policies and subscriptions are read again. */
import { exact, type Readers } from "../../../resource.ts";

export const readers: Readers = {
  "AWS::SNS::Topic": async ({ call, physicalId: TopicArn, properties }) => {
    const { Attributes = {} } = await call("sns", "GetTopicAttributes", { TopicArn });
    // Those of the topic itself; others are resources of their own, or people's.
    const { Subscriptions = [] } = await call("sns", "ListSubscriptionsByTopic", { TopicArn });
    const asked = (properties.Subscription ?? []).filter((one) =>
      Subscriptions.some(({ Endpoint, Protocol }) => Endpoint === one.Endpoint && Protocol === one.Protocol),
    );
    return {
      DisplayName: Attributes["DisplayName"] ?? null,
      KmsMasterKeyId: Attributes["KmsMasterKeyId"] ?? null,
      FifoTopic: Attributes["FifoTopic"],
      Subscription: asked,
    };
  },
  "AWS::SNS::TopicPolicy": async ({ call, properties }) => {
    const { Attributes = {} } = await call("sns", "GetTopicAttributes", { TopicArn: properties.Topics[0]! });
    return { PolicyDocument: exact(JSON.parse(Attributes["Policy"] ?? "{}")) };
  },
  "AWS::SNS::Subscription": async ({ call, physicalId, properties }) => {
    // Until it is confirmed it has no ARN that could be asked for.
    if (!physicalId.startsWith("arn:")) return {};
    const { Attributes = {} } = await call("sns", "GetSubscriptionAttributes", { SubscriptionArn: physicalId });
    return { TopicArn: Attributes["TopicArn"], Protocol: Attributes["Protocol"], Endpoint: properties.Endpoint && Attributes["Endpoint"] };
  },
};
