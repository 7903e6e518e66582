/** How HTTP endpoints are tried again: a topic's policy, a subscription's over it, both over AWS's defaults. Source: Amazon SNS Developer Guide, "Creating an HTTP/S delivery policy". */

const retry = {
  minDelayTarget: 20,
  maxDelayTarget: 20,
  numRetries: 3,
  numMaxDelayRetries: 0,
  numNoDelayRetries: 0,
  numMinDelayRetries: 0,
  backoffFunction: "linear",
};
const request = { headerContentType: "text/plain; charset=UTF-8" };

interface TopicPolicy {
  http?: {
    defaultHealthyRetryPolicy?: object;
    disableSubscriptionOverrides?: boolean;
    defaultThrottlePolicy?: object;
    defaultRequestPolicy?: object;
  } | null;
}

interface OwnPolicy {
  healthyRetryPolicy?: object;
  sicklyRetryPolicy?: object;
  throttlePolicy?: object;
  requestPolicy?: object;
  guaranteed?: boolean;
}

const httpOf = (text: string | undefined) => (JSON.parse(text || "{}") as TopicPolicy).http ?? {};

/** A topic's policy as it is shown: with what its subscriptions may do. */
export function topicPolicy(text: string): string {
  const { defaultHealthyRetryPolicy, disableSubscriptionOverrides = false, ...others } = httpOf(text);
  return JSON.stringify({
    http: { ...(defaultHealthyRetryPolicy && { defaultHealthyRetryPolicy }), disableSubscriptionOverrides, ...others },
  });
}

export function effectiveTopicPolicy(text: string | undefined): string {
  const { defaultHealthyRetryPolicy, disableSubscriptionOverrides = false, defaultRequestPolicy, ...others } = httpOf(text);
  return JSON.stringify({
    http: {
      defaultHealthyRetryPolicy: { ...retry, ...defaultHealthyRetryPolicy },
      disableSubscriptionOverrides,
      ...others,
      defaultRequestPolicy: { ...request, ...defaultRequestPolicy },
    },
  });
}

/** A subscription's own policy as it is shown: every part of it. */
export function ownPolicy(text: string): string {
  const {
    healthyRetryPolicy = null,
    sicklyRetryPolicy = null,
    throttlePolicy = null,
    requestPolicy = null,
    guaranteed = false,
  } = JSON.parse(text) as OwnPolicy;
  return JSON.stringify({ healthyRetryPolicy, sicklyRetryPolicy, throttlePolicy, requestPolicy, guaranteed });
}

/** The subscription's own policy, unless the topic does not let it have one, over the topic's, over AWS's defaults. */
export function effectivePolicy(own: string | undefined, topics: string | undefined): string {
  const topic = httpOf(topics);
  const given = (topic.disableSubscriptionOverrides ? {} : JSON.parse(own || "{}")) as OwnPolicy;
  return JSON.stringify({
    healthyRetryPolicy: { ...retry, ...topic.defaultHealthyRetryPolicy, ...given.healthyRetryPolicy },
    sicklyRetryPolicy: null,
    throttlePolicy: given.throttlePolicy ?? topic.defaultThrottlePolicy ?? null,
    requestPolicy: { ...request, ...topic.defaultRequestPolicy, ...given.requestPolicy },
    guaranteed: false,
  });
}
