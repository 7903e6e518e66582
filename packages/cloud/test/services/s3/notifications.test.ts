/** What S3 tells of objects, to whom, and only where the destination's policy lets it. */
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  GetBucketNotificationConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketVersioningCommand,
  PutObjectAclCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  RestoreObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestServer, type TestServer } from "../../server.ts";

let server: TestServer;
let s3: S3Client;
let counter = 0;

beforeAll(async () => {
  server = await startTestServer();
  s3 = new S3Client(server.client);
});
afterAll(async () => {
  s3.destroy();
  await server[Symbol.asyncDispose]();
});

interface Told {
  eventName: string;
  eventVersion: string;
  s3: { configurationId: string; object: Record<string, unknown> };
}

async function makeBucket(): Promise<string> {
  const Bucket = `told-${counter++}`;
  await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: "eu-central-1" } }));
  return Bucket;
}

/** A topic with a subscriber, whose policy lets S3 publish from one bucket. */
async function makeTopic(bucket: string) {
  const name = `topic-${counter++}`;
  const address = `${name}@example.com`;
  const { TopicArn } = await server.call("sns", "CreateTopic", { Name: name });
  const Statement = {
    Effect: "Allow",
    Principal: { Service: "s3.amazonaws.com" },
    Action: "SNS:Publish",
    Resource: TopicArn,
    Condition: { ArnLike: { "aws:SourceArn": `arn:aws:s3:::${bucket}` }, StringEquals: { "aws:SourceAccount": server.cloud.account } },
  };
  await server.call("sns", "SetTopicAttributes", {
    TopicArn: TopicArn!,
    AttributeName: "Policy",
    AttributeValue: JSON.stringify({ Version: "2012-10-17", Statement }),
  });
  await server.call("sns", "Subscribe", { TopicArn: TopicArn!, Protocol: "email", Endpoint: address });
  const mailbox = async () =>
    ((await (await fetch(`${server.endpoint}/_plinth/mailbox`)).json()) as { mails: Mail[] }).mails.filter(({ to }) => to === address);
  await fetch((await mailbox())[0]!.confirmUrl!);
  // The newest lies on top.
  const events = async () =>
    (await mailbox())
      .map(({ text }) => text.split("\n\n--\n")[0]!)
      .filter((text) => text.startsWith("{"))
      .map((text) => JSON.parse(text) as { Event?: string; Records?: Told[] })
      .toReversed();
  return { TopicArn: TopicArn!, events, told: async () => (await events()).flatMap(({ Records }) => Records ?? []) };
}

interface Mail {
  to: string;
  text: string;
  confirmUrl?: string;
}

const configure = (Bucket: string, TopicConfigurations: object[], more: object = {}) =>
  s3.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket,
      NotificationConfiguration: { TopicConfigurations: TopicConfigurations as never },
      ...more,
    }),
  );
const filter = (prefix: string, suffix: string) => ({
  Key: {
    FilterRules: [
      { Name: "Prefix", Value: prefix },
      { Name: "Suffix", Value: suffix },
    ],
  },
});

it("tells a topic what happened to objects, by prefix, suffix and event, in AWS's JSON", async () => {
  const Bucket = await makeBucket();
  const { TopicArn, told, events } = await makeTopic(Bucket);
  const cased = filter("in/", ".txt").Key.FilterRules.map(({ Name, Value }) => ({ Name: Name.toUpperCase(), Value }));
  await configure(Bucket, [{ Id: "mine", TopicArn, Events: ["s3:ObjectCreated:*"], Filter: { Key: { FilterRules: cased } } }]);
  expect((await events())[0]).toMatchObject({ Service: "Amazon S3", Event: "s3:TestEvent", Bucket });
  for (const Key of ["in/a b@ü(1).txt", "in/a.png", "out/a.txt"]) await s3.send(new PutObjectCommand({ Bucket, Key, Body: "12345" }));
  await s3.send(new DeleteObjectCommand({ Bucket, Key: "in/a b@ü(1).txt" }));
  const records = await told();
  expect(records).toHaveLength(1);
  expect(records[0]).toEqual({
    eventVersion: "2.1",
    eventSource: "aws:s3",
    awsRegion: "eu-central-1",
    eventTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/u),
    eventName: "ObjectCreated:Put",
    userIdentity: { principalId: `AWS:${server.cloud.account}` },
    requestParameters: { sourceIPAddress: "127.0.0.1" },
    responseElements: { "x-amz-request-id": expect.any(String), "x-amz-id-2": expect.any(String) },
    s3: {
      s3SchemaVersion: "1.0",
      configurationId: "mine",
      bucket: { name: Bucket, ownerIdentity: { principalId: expect.any(String) }, arn: `arn:aws:s3:::${Bucket}` },
      object: {
        key: "in/a+b%40%C3%BC%281%29.txt",
        size: 5,
        eTag: "827ccb0eea8a706c4c34a16891f84e7b",
        sequencer: expect.stringMatching(/^[0-9A-F]+$/u),
      },
    },
  });
  const { TopicConfigurations } = await s3.send(new GetBucketNotificationConfigurationCommand({ Bucket }));
  expect(TopicConfigurations).toMatchObject([{ Id: "mine", TopicArn, Filter: filter("in/", ".txt") }]);
});

it("tells each kind of event with what AWS tells of it", async () => {
  const Bucket = await makeBucket();
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }));
  const { TopicArn, told } = await makeTopic(Bucket);
  await configure(Bucket, [{ TopicArn, Events: ["s3:ObjectCreated:*", "s3:ObjectRemoved:*", "s3:ObjectTagging:*"] }]);
  const { VersionId } = await s3.send(new PutObjectCommand({ Bucket, Key: "a", Body: "a" }));
  await s3.send(new CopyObjectCommand({ Bucket, Key: "b", CopySource: `${Bucket}/a` }));
  await s3.send(new PutObjectTaggingCommand({ Bucket, Key: "a", Tagging: { TagSet: [{ Key: "k", Value: "v" }] } }));
  const marker = await s3.send(new DeleteObjectCommand({ Bucket, Key: "a" }));
  await s3.send(new DeleteObjectCommand({ Bucket, Key: "a", VersionId }));
  const eTag = "0cc175b9c0f1b6a831c399e269772661";
  const sequencer = expect.any(String);
  expect((await told()).map(({ eventName, eventVersion, s3: { object } }) => [eventName, eventVersion, object])).toEqual([
    ["ObjectCreated:Put", "2.1", { key: "a", size: 1, eTag, versionId: VersionId, sequencer }],
    ["ObjectCreated:Copy", "2.1", { key: "b", size: 1, eTag, versionId: expect.any(String), sequencer }],
    ["ObjectTagging:Put", "2.3", { key: "a", eTag, versionId: VersionId }],
    [
      "ObjectRemoved:DeleteMarkerCreated",
      "2.1",
      { key: "a", eTag: "d41d8cd98f00b204e9800998ecf8427e", versionId: marker.VersionId, sequencer },
    ],
    ["ObjectRemoved:Delete", "2.1", { key: "a", versionId: VersionId, sequencer }],
  ]);
});

it("tells of restored archives, of lists that changed, and in which order", async () => {
  const Bucket = await makeBucket();
  const { TopicArn, told } = await makeTopic(Bucket);
  const Events = ["s3:ObjectAcl:Put", "s3:ObjectRestore:*", "s3:ObjectCreated:Put", "s3:ObjectRemoved:Delete"];
  await configure(Bucket, [{ TopicArn, Events }]);
  const object = { Bucket, Key: "k" };
  await s3.send(new PutBucketOwnershipControlsCommand({ Bucket, OwnershipControls: { Rules: [{ ObjectOwnership: "ObjectWriter" }] } }));
  await s3.send(new PutObjectCommand({ ...object, Body: "old", StorageClass: "GLACIER" }));
  const GrantRead = 'uri="http://acs.amazonaws.com/groups/s3/LogDelivery"';
  for (const list of [{ ACL: "private" as const }, { GrantRead }]) await s3.send(new PutObjectAclCommand({ ...object, ...list }));
  await s3.send(new RestoreObjectCommand({ ...object, RestoreRequest: { Days: 1 } }));
  await s3.send(new DeleteObjectCommand(object));
  await s3.send(new PutObjectCommand({ ...object, Body: "new" }));
  const all = await told();
  expect(all.map(({ eventName }) => eventName)).toEqual([
    "ObjectCreated:Put",
    "ObjectAcl:Put",
    "ObjectRestore:Post",
    "ObjectRestore:Completed",
    "ObjectRemoved:Delete",
    "ObjectCreated:Put",
  ]);
  expect(all[3]).toMatchObject({
    userIdentity: { principalId: expect.stringMatching(/^AmazonCustomer:/u) },
    s3: { object: { size: 3 } },
    glacierEventData: {
      restoreEventData: {
        lifecycleRestoreStorageClass: "GLACIER",
        lifecycleRestorationExpiryTime: expect.not.stringMatching(/^1970/u),
      },
    },
  });
  const order = [0, 4, 5].map((at) => String(all[at]!.s3.object["sequencer"]).padEnd(20, "0"));
  expect(order).toEqual([...new Set(order)].toSorted());
});

it("refuses destinations that are not there, do not let it in, or would be told twice", async () => {
  const Bucket = await makeBucket();
  const { TopicArn } = await makeTopic(Bucket);
  const Events = ["s3:ObjectCreated:*"];
  const unable = { name: "InvalidArgument", message: "Unable to validate the following destination configurations" };
  await expect(configure(Bucket, [{ TopicArn: `${TopicArn}-absent`, Events }])).rejects.toMatchObject({
    ...unable,
    ArgumentName1: `${TopicArn}-absent`,
    ArgumentValue1: "The destination topic does not exist",
  });
  const closed = await server.call("sns", "CreateTopic", { Name: "closed" });
  await expect(configure(Bucket, [{ TopicArn: closed.TopicArn, Events }])).rejects.toMatchObject({
    ...unable,
    ArgumentValue1: "Permissions on the destination topic do not allow S3 to publish notifications from this bucket",
  });
  await configure(Bucket, [{ TopicArn: closed.TopicArn, Events }], { SkipDestinationValidation: true });
  // The permission is another bucket's.
  await expect(configure(await makeBucket(), [{ TopicArn, Events }])).rejects.toMatchObject(unable);
  await expect(configure(Bucket, [{ TopicArn, Events: ["s3:Nothing"] }])).rejects.toMatchObject({ name: "InvalidArgument" });
  await expect(configure(Bucket, [{ TopicArn: TopicArn.replace("eu-central-1", "us-east-1"), Events }])).rejects.toMatchObject({
    message: "The notification destination service region is not valid for the bucket location constraint",
  });
  await expect(configure(Bucket, [{ TopicArn: "not an arn", Events }])).rejects.toMatchObject({
    message: "The ARN could not be parsed",
    ArgumentName: "Topic",
    ArgumentValue: "not an arn",
  });
  await expect(configure(Bucket, [{ TopicArn, Events, Filter: { Key: { FilterRules: [{ Name: "NO" }] } } }])).rejects.toMatchObject({
    ArgumentValue: "NO",
  });
  const LambdaFunctionArn = TopicArn.replace("sns", "lambda").replace(/[^:]+$/u, "function:absent");
  const toFunction = { LambdaFunctionConfigurations: [{ LambdaFunctionArn, Events: ["s3:ObjectRemoved:*"] }] };
  await expect(configure(Bucket, [], { NotificationConfiguration: toFunction })).rejects.toMatchObject({
    ...unable,
    ArgumentName1: `${LambdaFunctionArn}, null`,
    ArgumentValue1: `Not authorized to invoke function [${LambdaFunctionArn}]`,
  });
  const ambiguous = { name: "InvalidArgument", message: expect.stringContaining("Configuration is ambiguously defined.") };
  const two = (one: object, other: object) =>
    configure(Bucket, [
      { TopicArn, Events, Filter: one },
      { TopicArn, Events: ["s3:ObjectCreated:Put"], Filter: other },
    ]);
  await expect(two(filter("a", ""), filter("ab", ".png"))).rejects.toMatchObject(ambiguous);
  await two(filter("a", ".jpg"), filter("ab", ".png"));
});

it("tells a queue, whose policy lets it", async () => {
  const Bucket = await makeBucket();
  const { QueueUrl } = await server.call("sqs", "CreateQueue", { QueueName: `queue-${counter++}` });
  const { Attributes } = await server.call("sqs", "GetQueueAttributes", { QueueUrl: QueueUrl!, AttributeNames: ["QueueArn"] });
  const QueueArn = Attributes!["QueueArn"]!;
  const configureQueue = () =>
    s3.send(
      new PutBucketNotificationConfigurationCommand({
        Bucket,
        NotificationConfiguration: { QueueConfigurations: [{ Id: "q", QueueArn, Events: ["s3:ObjectCreated:Put"] }] },
      }),
    );
  await expect(configureQueue()).rejects.toMatchObject({
    ArgumentName1: QueueArn,
    ArgumentValue1: "Permissions on the destination queue do not allow S3 to publish notifications from this bucket",
  });
  const Statement = {
    Effect: "Allow",
    Principal: { Service: "s3.amazonaws.com" },
    Action: "sqs:SendMessage",
    Resource: QueueArn,
    Condition: { ArnEquals: { "aws:SourceArn": `arn:aws:s3:::${Bucket}` } },
  };
  const Policy = JSON.stringify({ Version: "2012-10-17", Statement });
  await server.call("sqs", "SetQueueAttributes", { QueueUrl: QueueUrl!, Attributes: { Policy } });
  await configureQueue();
  await s3.send(new PutObjectCommand({ Bucket, Key: "k", Body: "x" }));
  const bodies: Record<string, unknown>[] = [];
  while (bodies.length < 2) {
    const { Messages = [] } = await server.call("sqs", "ReceiveMessage", {
      QueueUrl: QueueUrl!,
      MaxNumberOfMessages: 10,
      WaitTimeSeconds: 1,
    });
    bodies.push(...Messages.map(({ Body }) => JSON.parse(Body!) as Record<string, unknown>));
  }
  expect(bodies).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ Service: "Amazon S3", Event: "s3:TestEvent", Bucket }),
      { Records: [expect.objectContaining({ eventName: "ObjectCreated:Put", s3: expect.objectContaining({ configurationId: "q" }) })] },
    ]),
  );
});
