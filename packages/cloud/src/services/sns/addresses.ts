/** The links that mails and messages carry, as AWS writes them: calls without a signature, by whoever holds the link. */
import type { Cloud } from "../../cloud.ts";

export const confirmUrl = (cloud: Cloud, topicArn: string, token: string): string =>
  `${cloud.endpoint}/?Action=ConfirmSubscription&TopicArn=${topicArn}&Token=${token}`;

export const unsubscribeUrl = (cloud: Cloud, subscriptionArn: string): string =>
  `${cloud.endpoint}/?Action=Unsubscribe&SubscriptionArn=${subscriptionArn}`;
