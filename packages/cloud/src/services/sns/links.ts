/** What happens when a link of a mail or a message is opened: a subscription is confirmed, or ended. And the certificate that messages are signed with. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { AwsError } from "../../aws-error.ts";
import type { Cloud } from "../../cloud.ts";
import { rootPrincipal } from "../../identity/principal.ts";
import { errorAnswer } from "../../wire/error-answer.ts";
import { wireServices } from "../../wire/services.ts";
import { escapeXml } from "../../wire/xml.ts";
import { tellDeactivated } from "./confirmations.ts";
import { optedOut } from "./sms.ts";
import { certificate, certificatePath } from "./signing.ts";
import { deactivated, subscriptions } from "./subscriptions.ts";

/** Who holds the link may follow it: the token, or the subscription's own id, is the secret. The answer is that of the call. */
export async function serveLink(request: IncomingMessage, response: ServerResponse, cloud: Cloud): Promise<void> {
  request.resume();
  const { searchParams } = new URL(request.url ?? "/", "http://cloud");
  const requestId = cloud.world.random.uuid();
  const answer = (status: number, body: string) => {
    response.writeHead(status, { "content-type": "text/xml", "x-amzn-requestid": requestId, "content-length": Buffer.byteLength(body) });
    response.end(body);
  };
  try {
    const action = searchParams.get("Action")!;
    const result = action === "Unsubscribe" ? await end(cloud, searchParams) : await confirm(cloud, searchParams);
    answer(
      200,
      `<${action}Response xmlns="http://sns.amazonaws.com/doc/2010-03-31/">${result}<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${action}Response>`,
    );
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const { status, body } = errorAnswer(error, "query", wireServices.sns, undefined, requestId);
    answer(status, body.toString());
  }
}

const callIn = (cloud: Cloud, arn: string) => cloud.as(rootPrincipal(cloud.account), arn.split(":")[3] || "us-east-1");

async function confirm(cloud: Cloud, given: URLSearchParams): Promise<string> {
  const TopicArn = given.get("TopicArn") ?? "";
  const confirmed = await callIn(cloud, TopicArn)("sns", "ConfirmSubscription", { TopicArn, Token: given.get("Token") ?? "" });
  return `<ConfirmSubscriptionResult><SubscriptionArn>${escapeXml(confirmed.SubscriptionArn!)}</SubscriptionArn></ConfirmSubscriptionResult>`;
}

/** An HTTP endpoint is told, and may take it back for as long as a token holds. */
async function end(cloud: Cloud, given: URLSearchParams): Promise<string> {
  const SubscriptionArn = given.get("SubscriptionArn") ?? "";
  const region = SubscriptionArn.split(":")[3] ?? "";
  const found = subscriptions(cloud).get(region, SubscriptionArn.slice(SubscriptionArn.lastIndexOf(":") + 1));
  const subscription = found?.arn === SubscriptionArn ? found : undefined;
  if (subscription?.authenticateOnUnsubscribe) {
    throw new AwsError("AuthorizationError", "Unauthenticated unsubscribe requests are not allowed for this subscription.", 403);
  }
  await callIn(cloud, SubscriptionArn)("sns", "Unsubscribe", { SubscriptionArn });
  if (!subscription || subscription.pending) return "";
  const left = { ...subscription, token: cloud.world.random.hex(240) };
  deactivated(cloud).put(region, left.id, { ...left, atMs: cloud.world.clock.nowMs() });
  await tellDeactivated(cloud, region, left);
  return "";
}

/** Below `/_plinth/sns/`: the certificate, the word STOP of a phone, and links in mails of versions before, which were these. */
export async function serveOwnPaths(request: IncomingMessage, response: ServerResponse, cloud: Cloud): Promise<void> {
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
    const number = url.searchParams.get("PhoneNumber") ?? "";
    const at = url.searchParams.get("Region") ?? "us-east-1";
    if (request.method !== "POST" || !/^\+[1-9]\d{1,14}$/u.test(number))
      return answer(400, "POST ?PhoneNumber=+15551234567&Region=us-east-1");
    optedOut(cloud).put(at, number, { number });
    return answer(200, `No more text messages go to ${number} in ${at}.`);
  }
  const action = { confirm: "ConfirmSubscription", unsubscribe: "Unsubscribe" }[url.pathname.slice("/_plinth/sns/".length)];
  if (request.method !== "GET" || action === undefined) return answer(404, "There is nothing here.");
  response.writeHead(302, { location: `/?Action=${action}&${url.searchParams.toString()}` });
  response.end();
}
