/** The notification configuration of a template, in the members of the S3 API. */
import type { Input } from "../../../aws.ts";
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";

type Given = NonNullable<ResourceProperties["AWS::S3::Bucket"]["NotificationConfiguration"]>;
type Configuration = Input<"s3", "PutBucketNotificationConfiguration">["NotificationConfiguration"];

interface Target {
  Event: string;
  Filter?: { S3Key: { Rules: { Name: string; Value: string }[] } };
}

export function notificationsOf(given: Given | undefined): Configuration {
  const { TopicConfigurations = [], QueueConfigurations = [], LambdaConfigurations = [], EventBridgeConfiguration } = given ?? {};
  const common = ({ Event, Filter }: Target) => ({
    Events: [Event],
    ...(Filter && { Filter: { Key: { FilterRules: Filter.S3Key.Rules } } }),
  });
  return {
    TopicConfigurations: TopicConfigurations.map((each) => ({ TopicArn: each.Topic, ...common(each as Target) })),
    QueueConfigurations: QueueConfigurations.map((each) => ({ QueueArn: each.Queue, ...common(each as Target) })),
    LambdaFunctionConfigurations: LambdaConfigurations.map((each) => ({ LambdaFunctionArn: each.Function, ...common(each as Target) })),
    ...(EventBridgeConfiguration?.EventBridgeEnabled !== false && EventBridgeConfiguration && { EventBridgeConfiguration: {} }),
  } as Configuration;
}
