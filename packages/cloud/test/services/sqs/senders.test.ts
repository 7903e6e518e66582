/** S3 to SQS: an object that comes is told to the queue whose policy lets the bucket in, and to no other. */
import { expect, test } from "vitest";
import { startSimulatedCloud } from "../../cloud.ts";

const queueArn = "arn:aws:sqs:eu-central-1:123456789012:uploads";
const QueueUrl = "http://127.0.0.1:1/123456789012/uploads";

test("a bucket tells a queue of its objects, when the queue's policy lets that bucket in", async () => {
  await using it = await startSimulatedCloud();
  const { call } = it;
  await call("s3", "CreateBucket", { Bucket: "photos", CreateBucketConfiguration: { LocationConstraint: "eu-central-1" } });
  await call("sqs", "CreateQueue", { QueueName: "uploads" });
  const notify = () =>
    call("s3", "PutBucketNotificationConfiguration", {
      Bucket: "photos",
      NotificationConfiguration: { QueueConfigurations: [{ QueueArn: queueArn, Events: ["s3:ObjectCreated:*"] }] },
    });
  const letIn = (bucket: string) => {
    const statement = {
      Effect: "Allow",
      Principal: { Service: "s3.amazonaws.com" },
      Action: "sqs:SendMessage",
      Resource: queueArn,
      Condition: { ArnLike: { "aws:SourceArn": `arn:aws:s3:::${bucket}` } },
    };
    const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
    return call("sqs", "SetQueueAttributes", { QueueUrl, Attributes: { Policy } });
  };
  await expect(notify()).rejects.toMatchObject({ code: "InvalidArgument" });
  await letIn("other");
  await expect(notify()).rejects.toMatchObject({ code: "InvalidArgument" });
  await letIn("photos");
  await notify();
  await call("s3", "PutObject", { Bucket: "photos", Key: "k", Body: Buffer.from("x") as never });
  const { Messages = [] } = await call("sqs", "ReceiveMessage", { QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 });
  const told = Messages.map(
    ({ Body }) => JSON.parse(Body!) as { Event?: string; Records?: { eventName: string; s3: { object: { key: string } } }[] },
  );
  expect(told.some(({ Event }) => Event === "s3:TestEvent")).toBe(true);
  expect(told.flatMap(({ Records = [] }) => Records.map((record) => [record.eventName, record.s3.object.key]))).toEqual([
    ["ObjectCreated:Put", "k"],
  ]);
});
