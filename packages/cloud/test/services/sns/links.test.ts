/** The links in mails, followed over HTTP as a reader would. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { startTestServer } from "../../server.ts";

interface Mailbox {
  mails: { subject: string; text: string; confirmUrl?: string }[];
}

it("confirm a subscription, bring its mails, and end it", async () => {
  await using server = await startTestServer();
  const { TopicArn } = await server.call("sns", "CreateTopic", { Name: "t" });
  await server.call("sns", "Subscribe", { TopicArn: TopicArn!, Protocol: "email", Endpoint: "a@example.com" });
  const mailbox = async () => (await (await fetch(`${server.endpoint}/_plinth/mailbox`)).json()) as Mailbox;

  const open = async (url: string) => {
    const response = await fetch(url);
    return `${response.status} ${(await response.text()).replaceAll(/<RequestId>.*<\/RequestId>|^<\?xml.*\?>\s*/g, "")}`;
  };
  const error = (words: string) =>
    expect.stringMatching(new RegExp(`^400 <ErrorResponse .*<Code>InvalidParameter</Code><Message>Invalid parameter: ${words}</Message>`));
  const { confirmUrl } = (await mailbox()).mails[0]!;
  expect(confirmUrl).toContain(`/?Action=ConfirmSubscription&TopicArn=${TopicArn}&Token=`);
  expect(await open(`${confirmUrl}00`)).toEqual(error("Token"));
  expect(await open(confirmUrl!.replace(TopicArn!, `${TopicArn}x`))).toEqual(error("Topic"));
  expect(await open(confirmUrl!)).toMatch(
    /^200 <ConfirmSubscriptionResponse xmlns=".*"><ConfirmSubscriptionResult><SubscriptionArn>arn:aws:sns:.*:t:[\da-f-]{36}</,
  );
  await server.call("sns", "Publish", { TopicArn: TopicArn!, Subject: "S", Message: "M" });
  const [mail] = (await mailbox()).mails;
  expect(mail!.subject).toBe("S");
  const [, unsubscribe] = /^(http\S+Action=Unsubscribe\S+)$/mu.exec(mail!.text)!;
  expect(await open(unsubscribe!)).toMatch(/^200 <UnsubscribeResponse /);
  expect((await server.call("sns", "ListSubscriptions", {})).Subscriptions).toEqual([]);
  expect((await fetch(`${server.endpoint}/_plinth/sns/certificate.pem`)).status).toBe(200);
});

it("an endpoint is told that its link was opened, and may take it back", async () => {
  await using server = await startTestServer();
  const { TopicArn } = await server.call("sns", "CreateTopic", { Name: "t" });
  const told: Record<string, string>[] = [];
  const endpoint = createServer((request, response) => {
    let body = "";
    request.on("data", (part) => (body += String(part)));
    request.on("end", () => {
      told.push(JSON.parse(body) as Record<string, string>);
      response.end();
    });
  });
  await new Promise<void>((done) => endpoint.listen(0, "127.0.0.1", done));
  try {
    const Endpoint = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/hook`;
    await server.call("sns", "Subscribe", { TopicArn: TopicArn!, Protocol: "http", Endpoint });
    await expect.poll(() => told.length, { interval: 5 }).toBe(1);
    await fetch(told[0]!["SubscribeURL"]!);
    await server.call("sns", "Publish", { TopicArn: TopicArn!, Message: "M" });
    await expect.poll(() => told.length, { interval: 5 }).toBe(2);
    const listed = async () =>
      (await server.call("sns", "ListSubscriptions", {})).Subscriptions!.map(({ SubscriptionArn }) => SubscriptionArn);
    const before = await listed();
    await fetch(told[1]!["UnsubscribeURL"]!);
    expect(await listed()).toEqual([]);
    await expect.poll(() => told.length, { interval: 5 }).toBe(3);
    expect(told[2]).toMatchObject({ Type: "UnsubscribeConfirmation", Message: expect.stringContaining(`subscription ${before[0]}.`) });
    await fetch(told[2]!["SubscribeURL"]!);
    expect(await listed()).toEqual(before);
  } finally {
    endpoint.closeAllConnections();
    await new Promise((done) => endpoint.close(done));
  }
});
