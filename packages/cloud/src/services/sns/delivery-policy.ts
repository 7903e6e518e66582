/** What HTTP endpoints are sent and how they are tried again: a topic's policy, a subscription's over it, both over AWS's defaults. Source: Amazon SNS Developer Guide, "Creating an HTTP/S delivery policy". */

export interface RetryPolicy {
  /** In seconds. */
  minDelayTarget: number;
  maxDelayTarget: number;
  /** Of all phases together. */
  numRetries: number;
  numNoDelayRetries: number;
  numMinDelayRetries: number;
  numMaxDelayRetries: number;
  backoffFunction: string;
}

const retry: RetryPolicy = {
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
    defaultHealthyRetryPolicy?: Partial<RetryPolicy>;
    disableSubscriptionOverrides?: boolean;
    defaultThrottlePolicy?: object;
    defaultRequestPolicy?: { headerContentType?: string };
  } | null;
}

interface OwnPolicy {
  healthyRetryPolicy?: Partial<RetryPolicy>;
  sicklyRetryPolicy?: object;
  throttlePolicy?: object;
  requestPolicy?: { headerContentType?: string };
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

/** As it is shown. */
export const effectivePolicy = (own: string | undefined, topics: string | undefined): string => JSON.stringify(policyFor(own, topics));

/** The subscription's own policy, unless the topic does not let it have one, over the topic's, over AWS's defaults. */
export function policyFor(own: string | undefined, topics: string | undefined) {
  const topic = httpOf(topics);
  const given = (topic.disableSubscriptionOverrides ? {} : JSON.parse(own || "{}")) as OwnPolicy;
  return {
    healthyRetryPolicy: { ...retry, ...topic.defaultHealthyRetryPolicy, ...given.healthyRetryPolicy },
    sicklyRetryPolicy: null,
    throttlePolicy: given.throttlePolicy ?? topic.defaultThrottlePolicy ?? null,
    requestPolicy: { ...request, ...topic.defaultRequestPolicy, ...given.requestPolicy },
    guaranteed: false,
  };
}

/** How long to wait before a retry, the first being 0: at once, then the least delay, then from it to the most, then the most. Absent: there is none. */
export function retryDelayMs(nth: number, policy: RetryPolicy = retry): number | undefined {
  const { numRetries, numNoDelayRetries: atOnce, numMinDelayRetries: least, numMaxDelayRetries: most, minDelayTarget: min } = policy;
  if (nth >= numRetries) return undefined;
  if (nth < atOnce) return 0;
  if (nth < atOnce + least) return min * 1000;
  if (nth >= numRetries - most) return policy.maxDelayTarget * 1000;
  const steps = numRetries - atOnce - least - most - 1;
  const part = steps === 0 ? 0 : (nth - atOnce - least) / steps;
  const linear = policy.backoffFunction === "linear" || policy.backoffFunction === "arithmetic";
  const seconds = linear ? min + (policy.maxDelayTarget - min) * part : min * (policy.maxDelayTarget / min) ** part;
  return Math.round(seconds * 1000);
}
