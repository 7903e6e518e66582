/** The links in mails and messages that confirm or end a subscription, and what happens when one is opened. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { AwsError } from "../../aws-error.ts";
import type { Cloud } from "../../cloud.ts";
import { rootPrincipal } from "../../identity/principal.ts";
import { optedOut } from "./sms.ts";
import { certificate, certificatePath } from "./signing.ts";

export function confirmUrl(cloud: Cloud, topicArn: string, token: string): string {
  return `${cloud.endpoint}/_plinth/sns/confirm?TopicArn=${encodeURIComponent(topicArn)}&Token=${token}`;
}

export function unsubscribeUrl(cloud: Cloud, subscriptionArn: string): string {
  return `${cloud.endpoint}/_plinth/sns/unsubscribe?SubscriptionArn=${encodeURIComponent(subscriptionArn)}`;
}

/** `GET /_plinth/sns/confirm`, `/_plinth/sns/unsubscribe`, and the certificate that messages are signed with. */
export async function serveLinks(request: IncomingMessage, response: ServerResponse, cloud: Cloud): Promise<void> {
  const url = new URL(request.url ?? "/", "http://cloud");
  const answer = (status: number, text: string) => {
    response.writeHead(status, { "content-type": "text/plain; charset=utf-8" });
    response.end(`${text}\n`);
  };
  if (url.pathname === certificatePath) {
    response.setHeader("content-type", "application/x-pem-file");
    response.end(await certificate(cloud));
    return;
  }
  if (url.pathname.endsWith("/opt-out")) {
    // What a person does who replies STOP to a text message.
    const number = url.searchParams.get("PhoneNumber") ?? "";
    const at = url.searchParams.get("Region") ?? "us-east-1";
    if (request.method !== "POST" || !/^\+[1-9]\d{1,14}$/u.test(number))
      return answer(400, "POST ?PhoneNumber=+15551234567&Region=us-east-1");
    optedOut(cloud).put(at, number, { number });
    return answer(200, `No more text messages go to ${number} in ${at}.`);
  }
  // Who holds the link may follow it: the token, or the subscription's own id, is the secret.
  const arn = url.searchParams.get("TopicArn") ?? url.searchParams.get("SubscriptionArn") ?? "";
  const region = arn.split(":")[3];
  if (request.method !== "GET" || !region) return answer(404, "There is nothing here.");
  const call = cloud.as(rootPrincipal(cloud.account), region);
  try {
    if (url.pathname.endsWith("/confirm")) {
      const { SubscriptionArn } = await call("sns", "ConfirmSubscription", { TopicArn: arn, Token: url.searchParams.get("Token") ?? "" });
      return answer(200, `Subscription confirmed: ${SubscriptionArn}`);
    }
    if (url.pathname.endsWith("/unsubscribe")) {
      await call("sns", "Unsubscribe", { SubscriptionArn: arn });
      return answer(200, `Subscription removed: ${arn}`);
    }
    return answer(404, "There is nothing here.");
  } catch (error) {
    if (error instanceof AwsError) return answer(error.status, `${error.code}: ${error.message}`);
    throw error;
  }
}
