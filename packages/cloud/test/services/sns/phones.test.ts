/** Text messages and mobile pushes, which lie in the mailbox. */
import {
  CheckIfPhoneNumberIsOptedOutCommand,
  CreatePlatformApplicationCommand,
  CreatePlatformEndpointCommand,
  CreateTopicCommand,
  DeletePlatformApplicationCommand,
  GetEndpointAttributesCommand,
  GetPlatformApplicationAttributesCommand,
  GetSMSAttributesCommand,
  GetSubscriptionAttributesCommand,
  GetTopicAttributesCommand,
  ListEndpointsByPlatformApplicationCommand,
  ListPhoneNumbersOptedOutCommand,
  OptInPhoneNumberCommand,
  PublishCommand,
  SetEndpointAttributesCommand,
  SetSMSAttributesCommand,
  SetTopicAttributesCommand,
  SNSClient,
  SubscribeCommand,
} from "@aws-sdk/client-sns";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestServer, type TestServer } from "../../server.ts";

let server: TestServer;
let sns: SNSClient;

beforeAll(async () => {
  server = await startTestServer();
  sns = new SNSClient(server.client);
});
afterAll(async () => {
  sns.destroy();
  await server[Symbol.asyncDispose]();
});

const number = "+15551234567";
async function texts(to: string): Promise<string[]> {
  const { mails } = (await (await fetch(`${server.endpoint}/_plinth/mailbox`)).json()) as { mails: { to: string; text: string }[] };
  return mails.filter((mail) => mail.to === to).map(({ text }) => text);
}

it("brings text messages, to numbers and to subscribers, but not to those who want none", async () => {
  await sns.send(new PublishCommand({ PhoneNumber: number, Message: "one" }));
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: "texts" }));
  const subscribe = (Endpoint: string) => sns.send(new SubscribeCommand({ TopicArn: TopicArn!, Protocol: "sms", Endpoint }));
  const { SubscriptionArn } = await subscribe("+1555-123-4567");
  expect(SubscriptionArn).toContain(TopicArn!);
  expect((await subscribe(number)).SubscriptionArn).toBe(SubscriptionArn);
  await expect(subscribe("+15--551234567")).rejects.toMatchObject({ message: "Invalid SMS endpoint: +15--551234567" });
  const Message = JSON.stringify({ default: "long", sms: "two" });
  await sns.send(new PublishCommand({ TopicArn: TopicArn!, Message, MessageStructure: "json" }));
  expect(await texts(number)).toEqual(["two", "one"]);

  const outOf = async () => (await sns.send(new CheckIfPhoneNumberIsOptedOutCommand({ phoneNumber: number }))).isOptedOut;
  expect(await outOf()).toBe(false);
  const stop = `${server.endpoint}/_plinth/sns/opt-out?PhoneNumber=${encodeURIComponent(number)}&Region=${server.region}`;
  expect((await fetch(stop, { method: "POST" })).status).toBe(200);
  await sns.send(new PublishCommand({ PhoneNumber: number, Message: "three" }));
  expect([await outOf(), (await texts(number)).length]).toEqual([true, 2]);
  expect((await sns.send(new ListPhoneNumbersOptedOutCommand({}))).phoneNumbers).toEqual([number]);
  await sns.send(new OptInPhoneNumberCommand({ phoneNumber: number }));
  expect(await outOf()).toBe(false);

  await expect(sns.send(new PublishCommand({ PhoneNumber: "555", Message: "a" }))).rejects.toMatchObject({
    message: "Invalid parameter: PhoneNumber Reason: 555 is not valid to publish to",
  });
  await sns.send(new SetSMSAttributesCommand({ attributes: { DefaultSMSType: "Transactional", DefaultSenderID: "me" } }));
  const { attributes } = await sns.send(new GetSMSAttributesCommand({ attributes: ["DefaultSMSType"] }));
  expect(attributes).toEqual({ DefaultSMSType: "Transactional" });
});

it("brings pushes to devices that are on, and keeps no credentials", async () => {
  const { PlatformApplicationArn } = await sns.send(
    new CreatePlatformApplicationCommand({
      Name: "app",
      Platform: "APNS",
      Attributes: { PlatformCredential: "secret", PlatformPrincipal: "key" },
    }),
  );
  const application = await sns.send(new GetPlatformApplicationAttributesCommand({ PlatformApplicationArn: PlatformApplicationArn! }));
  expect(application.Attributes).toEqual({ Enabled: "true" });
  const create = (Token: string, CustomUserData?: string) =>
    sns.send(
      new CreatePlatformEndpointCommand({
        PlatformApplicationArn: PlatformApplicationArn!,
        Token,
        ...(CustomUserData && { CustomUserData }),
      }),
    );
  const { EndpointArn } = await create("token");
  expect((await create("token")).EndpointArn).toBe(EndpointArn);
  await expect(create("token", "other")).rejects.toMatchObject({ message: expect.stringContaining("already exists with the same Token") });

  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: "pushes" }));
  await sns.send(new SubscribeCommand({ TopicArn: TopicArn!, Protocol: "application", Endpoint: EndpointArn! }));
  const Message = JSON.stringify({ default: "d", APNS: "alert" });
  await sns.send(new PublishCommand({ TopicArn: TopicArn!, Message, MessageStructure: "json" }));
  await sns.send(new PublishCommand({ TargetArn: EndpointArn!, Message: "direct" }));
  expect(await texts(EndpointArn!)).toEqual(["direct", "alert"]);

  await sns.send(new SetEndpointAttributesCommand({ EndpointArn: EndpointArn!, Attributes: { Enabled: "false" } }));
  await expect(sns.send(new PublishCommand({ TargetArn: EndpointArn!, Message: "off" }))).rejects.toMatchObject({
    name: "EndpointDisabledException",
  });
  const listed = await sns.send(new ListEndpointsByPlatformApplicationCommand({ PlatformApplicationArn: PlatformApplicationArn! }));
  expect(listed.Endpoints).toEqual([{ EndpointArn, Attributes: { Enabled: "false", Token: "token" } }]);
  await sns.send(new DeletePlatformApplicationCommand({ PlatformApplicationArn: PlatformApplicationArn! }));
  await expect(sns.send(new GetEndpointAttributesCommand({ EndpointArn: EndpointArn! }))).rejects.toMatchObject({
    message: "Endpoint does not exist",
  });
});

it("says how deliveries to an HTTP endpoint are tried again", async () => {
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: "web" }));
  const { SubscriptionArn } = await sns.send(
    new SubscribeCommand({
      TopicArn: TopicArn!,
      Protocol: "https",
      Endpoint: "https://example.com",
      ReturnSubscriptionArn: true,
      Attributes: { DeliveryPolicy: JSON.stringify({ healthyRetryPolicy: { numRetries: 5 } }) },
    }),
  );
  const { Attributes } = await sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn: SubscriptionArn! }));
  expect(JSON.parse(Attributes!["EffectiveDeliveryPolicy"]!)).toMatchObject({ healthyRetryPolicy: { numRetries: 5, minDelayTarget: 20 } });
  expect(JSON.parse(Attributes!["DeliveryPolicy"]!)).toMatchObject({ healthyRetryPolicy: { numRetries: 5 }, guaranteed: false });
  const policy = JSON.stringify({ http: { defaultRequestPolicy: { headerContentType: "application/json" } } });
  await sns.send(new SetTopicAttributesCommand({ TopicArn: TopicArn!, AttributeName: "DeliveryPolicy", AttributeValue: policy }));
  const topic = await sns.send(new GetTopicAttributesCommand({ TopicArn: TopicArn! }));
  expect(JSON.parse(topic.Attributes!["DeliveryPolicy"]!)).toEqual({
    http: { disableSubscriptionOverrides: false, defaultRequestPolicy: { headerContentType: "application/json" } },
  });
  expect(JSON.parse(topic.Attributes!["EffectiveDeliveryPolicy"]!)).toMatchObject({
    http: { defaultHealthyRetryPolicy: { numRetries: 3 }, defaultRequestPolicy: { headerContentType: "application/json" } },
  });
});
