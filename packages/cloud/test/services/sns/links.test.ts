/** The links in mails, followed over HTTP as a reader would. */
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

  const wrong = await fetch(`${server.endpoint}/_plinth/sns/confirm?TopicArn=${TopicArn}&Token=00`);
  expect([wrong.status, await wrong.text()]).toEqual([400, "InvalidParameter: Invalid parameter: Token\n"]);
  const { confirmUrl } = (await mailbox()).mails[0]!;
  expect((await fetch(confirmUrl!)).status).toBe(200);
  await server.call("sns", "Publish", { TopicArn: TopicArn!, Subject: "S", Message: "M" });
  const [mail] = (await mailbox()).mails;
  expect(mail!.subject).toBe("S");
  const [, unsubscribe] = /^(http\S+unsubscribe\S+)$/mu.exec(mail!.text)!;
  expect((await fetch(unsubscribe!)).status).toBe(200);
  expect((await server.call("sns", "ListSubscriptions", {})).Subscriptions).toEqual([]);
  expect((await fetch(`${server.endpoint}/_plinth/sns/certificate.pem`)).status).toBe(200);
});
