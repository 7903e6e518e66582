/** SNS in the embedded cloud. README.md says what is real, recorded and refused. */
import { defineService, type Authorization, type OperationContext } from "../../service.ts";
import { resumeDeliveries, stopDeliveries } from "./deliveries.ts";
import { serveLink, serveOwnPaths } from "./links.ts";
import { serveMailbox } from "./mailbox.ts";
import { addPermission, removePermission } from "./operations/permissions.ts";
import { publish, publishBatch } from "./operations/Publish.ts";
import * as platforms from "./operations/platforms.ts";
import * as sms from "./operations/sms.ts";
import { subscribe } from "./operations/Subscribe.ts";
import * as subscriptions from "./operations/subscriptions.ts";
import * as tags from "./operations/tags.ts";
import * as topicOperations from "./operations/topics.ts";
import { subscription } from "./resources/Subscription.ts";
import { topic } from "./resources/Topic.ts";
import { topicPolicy } from "./resources/TopicPolicy.ts";
import { policyOf, topics } from "./topics.ts";
import { readers } from "./resources/readers.ts";

/** On a topic, by its policy too. */
function onTopic(action: string, arn: string | undefined, { cloud, region, account }: OperationContext): Authorization[] {
  const topicArn = arn ?? "*";
  const found = topics(cloud).get(region, topicArn.split(":")[5] ?? "");
  return [{ action: `sns:${action}`, resource: topicArn, ...(found?.arn === topicArn && { resourcePolicy: policyOf(found, account) }) }];
}

const byTopicArn =
  (action: string) => (input: { TopicArn?: string | undefined; TargetArn?: string | undefined }, context: OperationContext) =>
    onTopic(action, input.TopicArn ?? input.TargetArn, context);

const byResourceArn = (action: string) => (input: { ResourceArn?: string | undefined }, context: OperationContext) =>
  onTopic(action, input.ResourceArn, context);

const byApplication = (action: string) => (input: { PlatformApplicationArn?: string | undefined }) => [
  { action: `sns:${action}`, resource: input.PlatformApplicationArn ?? "*" },
];

/** AWS evaluates these on the subscription's topic. */
const bySubscriptionArn = (action: string) => (input: { SubscriptionArn?: string | undefined }, context: OperationContext) =>
  onTopic(action, input.SubscriptionArn?.split(":").slice(0, 6).join(":"), context);

export const sns = defineService({
  id: "sns",
  operations: {
    CreateTopic: topicOperations.createTopic,
    DeleteTopic: topicOperations.deleteTopic,
    ListTopics: topicOperations.listTopics,
    GetTopicAttributes: topicOperations.getTopicAttributes,
    SetTopicAttributes: topicOperations.setTopicAttributes,
    AddPermission: addPermission,
    RemovePermission: removePermission,
    Subscribe: subscribe,
    ConfirmSubscription: subscriptions.confirmSubscription,
    Unsubscribe: subscriptions.unsubscribe,
    ListSubscriptions: subscriptions.listSubscriptions,
    ListSubscriptionsByTopic: subscriptions.listSubscriptionsByTopic,
    GetSubscriptionAttributes: subscriptions.getSubscriptionAttributes,
    SetSubscriptionAttributes: subscriptions.setSubscriptionAttributes,
    Publish: publish,
    PublishBatch: publishBatch,
    SetSMSAttributes: sms.setSmsAttributes,
    GetSMSAttributes: sms.getSmsAttributes,
    CheckIfPhoneNumberIsOptedOut: sms.checkIfPhoneNumberIsOptedOut,
    ListPhoneNumbersOptedOut: sms.listPhoneNumbersOptedOut,
    OptInPhoneNumber: sms.optInPhoneNumber,
    CreatePlatformApplication: platforms.createPlatformApplication,
    DeletePlatformApplication: platforms.deletePlatformApplication,
    GetPlatformApplicationAttributes: platforms.getPlatformApplicationAttributes,
    SetPlatformApplicationAttributes: platforms.setPlatformApplicationAttributes,
    ListPlatformApplications: platforms.listPlatformApplications,
    CreatePlatformEndpoint: platforms.createPlatformEndpoint,
    DeleteEndpoint: platforms.deleteEndpoint,
    GetEndpointAttributes: platforms.getEndpointAttributes,
    SetEndpointAttributes: platforms.setEndpointAttributes,
    ListEndpointsByPlatformApplication: platforms.listEndpointsByPlatformApplication,
    TagResource: tags.tagResource,
    UntagResource: tags.untagResource,
    ListTagsForResource: tags.listTagsForResource,
  },
  authorize: {
    CreateTopic: ({ Name }, { region, account }) => [{ action: "sns:CreateTopic", resource: `arn:aws:sns:${region}:${account}:${Name}` }],
    DeleteTopic: byTopicArn("DeleteTopic"),
    GetTopicAttributes: byTopicArn("GetTopicAttributes"),
    SetTopicAttributes: byTopicArn("SetTopicAttributes"),
    AddPermission: byTopicArn("AddPermission"),
    RemovePermission: byTopicArn("RemovePermission"),
    Subscribe: ({ TopicArn, Protocol, Endpoint = "" }, context) =>
      onTopic("Subscribe", TopicArn, context).map((each) => ({
        ...each,
        conditions: { "sns:Protocol": Protocol, "sns:Endpoint": Endpoint },
      })),
    ConfirmSubscription: byTopicArn("ConfirmSubscription"),
    Unsubscribe: bySubscriptionArn("Unsubscribe"),
    ListSubscriptionsByTopic: byTopicArn("ListSubscriptionsByTopic"),
    GetSubscriptionAttributes: bySubscriptionArn("GetSubscriptionAttributes"),
    SetSubscriptionAttributes: bySubscriptionArn("SetSubscriptionAttributes"),
    Publish: byTopicArn("Publish"),
    PublishBatch: byTopicArn("Publish"),
    DeletePlatformApplication: byApplication("DeletePlatformApplication"),
    GetPlatformApplicationAttributes: byApplication("GetPlatformApplicationAttributes"),
    SetPlatformApplicationAttributes: byApplication("SetPlatformApplicationAttributes"),
    CreatePlatformEndpoint: byApplication("CreatePlatformEndpoint"),
    ListEndpointsByPlatformApplication: byApplication("ListEndpointsByPlatformApplication"),
    TagResource: byResourceArn("TagResource"),
    UntagResource: byResourceArn("UntagResource"),
    ListTagsForResource: byResourceArn("ListTagsForResource"),
  },
  readers,
  resources: {
    "AWS::SNS::Topic": topic,
    "AWS::SNS::Subscription": subscription,
    "AWS::SNS::TopicPolicy": topicPolicy,
  },
  routes: {
    mailbox: (_request, response, cloud) => serveMailbox(response, cloud),
    sns: serveOwnPaths,
  },
  roots: { "?ConfirmSubscription": serveLink, "?Unsubscribe": serveLink },
  start: resumeDeliveries,
  stop: stopDeliveries,
  reset: stopDeliveries,
});
