/** What leads out of CloudWatch Logs: exports to S3, destinations, subscription filters, vended deliveries. */
import {
  CancelExportTaskCommand,
  CloudWatchLogsClient,
  CreateDeliveryCommand,
  CreateExportTaskCommand,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteDeliveryCommand,
  DeleteDeliverySourceCommand,
  DeleteSubscriptionFilterCommand,
  DescribeDeliveriesCommand,
  DescribeDestinationsCommand,
  DescribeExportTasksCommand,
  DescribeSubscriptionFiltersCommand,
  GetDeliveryDestinationPolicyCommand,
  GetLogEventsCommand,
  PutDeliveryDestinationCommand,
  PutDeliverySourceCommand,
  PutDestinationCommand,
  PutDestinationPolicyCommand,
  PutLogEventsCommand,
  PutSubscriptionFilterCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestServer, type TestServer } from "../../server.ts";

let server: TestServer;
let logs: CloudWatchLogsClient;

beforeAll(async () => {
  server = await startTestServer();
  logs = new CloudWatchLogsClient(server.client);
});
afterAll(async () => {
  logs.destroy();
  await server[Symbol.asyncDispose]();
});

it("exports a group's events to a bucket, by stream and time", async () => {
  const logGroupName = "/app/exported";
  await logs.send(new CreateLogGroupCommand({ logGroupName }));
  const nowMs = Date.now();
  for (const logStreamName of ["web/1", "web/2", "other"]) {
    await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
    const logEvents = [
      { timestamp: nowMs - 60_000, message: `old of ${logStreamName}` },
      { timestamp: nowMs, message: `new of ${logStreamName}` },
    ];
    await logs.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
  }
  await server.call("s3", "CreateBucket", { Bucket: "exports", CreateBucketConfiguration: { LocationConstraint: "eu-central-1" } });
  const task = { logGroupName, from: nowMs - 1000, to: nowMs + 1000, destination: "exports", logStreamNamePrefix: "web/" };
  const { taskId } = await logs.send(new CreateExportTaskCommand({ ...task, destinationPrefix: "out" }));
  const { Contents } = await server.call("s3", "ListObjectsV2", { Bucket: "exports" });
  expect(Contents!.map(({ Key }) => Key)).toEqual(
    [`out/${taskId}/web-1/000000.gz`, `out/${taskId}/web-2/000000.gz`, "out/aws-logs-write-test"].sort(),
  );
  const { Body } = await server.call("s3", "GetObject", { Bucket: "exports", Key: `out/${taskId}/web-1/000000.gz` });
  expect(gunzipSync(Body as unknown as Buffer).toString()).toBe(`${new Date(nowMs).toISOString()} new of web/1\n`);

  const { exportTasks } = await logs.send(new DescribeExportTasksCommand({ taskId, statusCode: "COMPLETED" }));
  expect(exportTasks).toMatchObject([{ taskId, destination: "exports", destinationPrefix: "out", status: { code: "COMPLETED" } }]);
  await expect(logs.send(new CancelExportTaskCommand({ taskId }))).rejects.toMatchObject({ name: "InvalidOperationException" });
  await expect(logs.send(new CreateExportTaskCommand({ ...task, destination: "absent" }))).rejects.toMatchObject({
    message: "The given bucket does not exist. Please make sure the bucket is valid.",
  });
});

it("keeps filters that lead to a destination, and finds no other target", async () => {
  const logGroupName = "/app/subscribed";
  await logs.send(new CreateLogGroupCommand({ logGroupName }));
  const roleArn = "arn:aws:iam::123456789012:role/to-kinesis";
  const targetArn = "arn:aws:kinesis:eu-central-1:123456789012:stream/s";
  const { destination } = await logs.send(new PutDestinationCommand({ destinationName: "all", targetArn, roleArn }));
  await logs.send(new PutDestinationPolicyCommand({ destinationName: "all", accessPolicy: "{}" }));
  const { destinations } = await logs.send(new DescribeDestinationsCommand({ DestinationNamePrefix: "a" }));
  expect(destinations).toEqual([{ ...destination, accessPolicy: "{}" }]);

  const put = (filterName: string, destinationArn: string) =>
    logs.send(new PutSubscriptionFilterCommand({ logGroupName, filterName, filterPattern: "ERROR", destinationArn }));
  await put("one", destination!.arn!);
  await put("two", destination!.arn!);
  await expect(put("three", destination!.arn!)).rejects.toMatchObject({ name: "LimitExceededException" });
  await expect(put("one", "arn:aws:lambda:eu-central-1:123456789012:function:f")).rejects.toMatchObject({
    message: expect.stringContaining("Could not execute the lambda function."),
  });
  await expect(put("one", targetArn)).rejects.toMatchObject({
    message: "destinationArn for vendor kinesis cannot be used without roleArn",
  });
  await expect(put("one", "arn:aws:lambda:eu-central-1:210987654321:function:f")).rejects.toMatchObject({ name: "AccessDeniedException" });
  const { subscriptionFilters } = await logs.send(new DescribeSubscriptionFiltersCommand({ logGroupName, filterNamePrefix: "o" }));
  expect(subscriptionFilters).toMatchObject([{ filterName: "one", filterPattern: "ERROR", distribution: "ByLogStream" }]);
  const remove = () => logs.send(new DeleteSubscriptionFilterCommand({ logGroupName, filterName: "one" }));
  await remove();
  await expect(remove()).rejects.toMatchObject({ message: "The specified subscription filter does not exist." });
});

it("connects delivery sources and destinations", async () => {
  const resourceArn = "arn:aws:cloudfront::123456789012:distribution/E1";
  const source = (more: object = {}) =>
    logs.send(new PutDeliverySourceCommand({ name: "source", resourceArn, logType: "ACCESS_LOGS", ...more }));
  await source();
  await expect(source({ resourceArn: `${resourceArn}2` })).rejects.toMatchObject({ name: "ConflictException" });
  await expect(source({ logType: "EVENT_LOGS" })).rejects.toMatchObject({ name: "ValidationException" });
  await expect(source({ resourceArn: "arn:aws:s3:::b" })).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  const { deliveryDestination } = await logs.send(
    new PutDeliveryDestinationCommand({
      name: "target",
      outputFormat: "json",
      deliveryDestinationConfiguration: { destinationResourceArn: "arn:aws:s3:::b" },
    }),
  );
  expect((await logs.send(new GetDeliveryDestinationPolicyCommand({ deliveryDestinationName: "target" }))).policy).toEqual({});
  const connect = () =>
    logs.send(new CreateDeliveryCommand({ deliverySourceName: "source", deliveryDestinationArn: deliveryDestination!.arn! }));
  const { delivery } = await connect();
  expect(delivery).toMatchObject({ deliverySourceName: "source", deliveryDestinationType: "S3" });
  await expect(connect()).rejects.toMatchObject({ name: "ConflictException" });
  await expect(logs.send(new DeleteDeliverySourceCommand({ name: "source" }))).rejects.toMatchObject({ name: "ConflictException" });
  await logs.send(new DeleteDeliveryCommand({ id: delivery!.id! }));
  expect((await logs.send(new DescribeDeliveriesCommand({}))).deliveries).toEqual([]);
});

it("does not take a group's ARN in the form of policies", async () => {
  const logGroupIdentifier = "arn:aws:logs:eu-central-1:123456789012:log-group:/app/exported:*";
  await expect(logs.send(new GetLogEventsCommand({ logGroupIdentifier, logStreamName: "a" }))).rejects.toMatchObject({
    message: `1 validation error detected: Value '${logGroupIdentifier}' at 'logGroupIdentifier' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w#+=/:,.@-]*`,
  });
});
