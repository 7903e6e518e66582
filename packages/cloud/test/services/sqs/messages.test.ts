/** SQS: messages on standard and FIFO queues, by calls, on a clock that the test moves. */
import { describe, expect, it } from "vitest";
import { mostInFlight, noteReceived } from "../../../src/services/sqs/in-flight.ts";
import { queueByName } from "../../../src/services/sqs/queue.ts";
import { startSimulatedCloud, type TestCloud } from "../../cloud.ts";

async function makeQueue(test: TestCloud, QueueName: string, Attributes: Record<string, string> = {}) {
  const fifo = QueueName.endsWith(".fifo") && { FifoQueue: "true" };
  const { QueueUrl } = await test.call("sqs", "CreateQueue", { QueueName, Attributes: { ...fifo, ...Attributes } });
  const url = QueueUrl!;
  return {
    url,
    arn: `arn:aws:sqs:eu-central-1:123456789012:${QueueName}`,
    send: (MessageBody: string, more: object = {}) => test.call("sqs", "SendMessage", { QueueUrl: url, MessageBody, ...more }),
    receive: async (more: object = {}) =>
      (await test.call("sqs", "ReceiveMessage", { QueueUrl: url, MaxNumberOfMessages: 10, AttributeNames: ["All"], ...more })).Messages ??
      [],
    async bodies(more: object = {}) {
      return (await this.receive(more)).map(({ Body }) => Body);
    },
    remove: (ReceiptHandle: string) => test.call("sqs", "DeleteMessage", { QueueUrl: url, ReceiptHandle }),
    show: (ReceiptHandle: string, VisibilityTimeout: number) =>
      test.call("sqs", "ChangeMessageVisibility", { QueueUrl: url, ReceiptHandle, VisibilityTimeout }),
    async counts() {
      const { Attributes: all = {} } = await test.call("sqs", "GetQueueAttributes", { QueueUrl: url, AttributeNames: ["All"] });
      return ["", "NotVisible", "Delayed"].map((kind) => Number(all[`ApproximateNumberOfMessages${kind}` as keyof typeof all]));
    },
  };
}

const second = 1000;

describe("a standard queue", () => {
  it("hides a message while somebody has it, and gives it again when that was too long", async () => {
    await using test = await startSimulatedCloud();
    const queue = await makeQueue(test, "work");
    const sent = await queue.send("hello");
    expect(sent).toMatchObject({ MD5OfMessageBody: "5d41402abc4b2a76b9719d911017c592" });
    const [first] = await queue.receive();
    expect(first).toMatchObject({
      Body: "hello",
      MessageId: sent.MessageId,
      MD5OfBody: "5d41402abc4b2a76b9719d911017c592",
      Attributes: { ApproximateReceiveCount: "1", SenderId: "123456789012", SentTimestamp: String(test.world.clock.nowMs()) },
    });
    expect(await queue.counts()).toEqual([0, 1, 0]);
    await test.world.clock.advance(29_999);
    expect(await queue.receive()).toEqual([]);
    await test.world.clock.advance(1);
    const [again] = await queue.receive();
    expect(again).toMatchObject({ MessageId: sent.MessageId, Attributes: { ApproximateReceiveCount: "2" } });
    expect(again!.ReceiptHandle).not.toBe(first!.ReceiptHandle);
    await queue.remove(again!.ReceiptHandle!);
    await queue.remove(again!.ReceiptHandle!);
    expect(await queue.counts()).toEqual([0, 0, 0]);
  });

  it("takes an old handle for its message, also after the timeout, and refuses what is none", async () => {
    await using test = await startSimulatedCloud();
    const queue = await makeQueue(test, "work", { VisibilityTimeout: "0" });
    await queue.send("hello");
    const [first] = await queue.receive();
    await queue.receive();
    await queue.remove(first!.ReceiptHandle!);
    expect(await queue.counts()).toEqual([0, 0, 0]);
    await expect(queue.remove("not-existing")).rejects.toMatchObject({
      code: "ReceiptHandleIsInvalid",
      message: 'The input receipt handle "not-existing" is not a valid receipt handle.',
    });
    const other = await makeQueue(test, "other");
    await expect(other.remove(first!.ReceiptHandle!)).rejects.toMatchObject({ code: "ReceiptHandleIsInvalid" });
  });

  it("changes how long a message is hidden, up to twelve hours from its reception", async () => {
    await using test = await startSimulatedCloud();
    const queue = await makeQueue(test, "work");
    await queue.send("hello");
    const [message] = await queue.receive();
    const handle = message!.ReceiptHandle!;
    await queue.show(handle, 100);
    await test.world.clock.advance(99 * second);
    expect(await queue.receive()).toEqual([]);
    await expect(queue.show(handle, 43_200)).rejects.toMatchObject({
      code: "InvalidParameterValue",
      message:
        "Value 43200 for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for the message is beyond the limit [43200 seconds]",
    });
    await expect(queue.show(handle, 43_201)).rejects.toMatchObject({ code: "InvalidParameterValue" });
    await queue.show(handle, 0);
    expect(await queue.bodies()).toEqual(["hello"]);
    await test.world.clock.advance(30 * second);
    // Its time is over: nothing to change, and no error.
    await queue.show(handle, 10);
    const [again] = await queue.receive();
    await test.call("sqs", "DeleteMessage", { QueueUrl: queue.url, ReceiptHandle: again!.ReceiptHandle! });
    await expect(queue.show(handle, 10)).rejects.toMatchObject({
      message: expect.stringMatching(/Reason: Message does not exist or is not available for visibility timeout change\.$/),
    });
  });

  it("delays messages, by its own time or by theirs", async () => {
    await using test = await startSimulatedCloud();
    const queue = await makeQueue(test, "work", { DelaySeconds: "10" });
    await queue.send("by the queue's");
    await queue.send("by its own", { DelaySeconds: 5 });
    await queue.send("at once", { DelaySeconds: 0 });
    expect(await queue.counts()).toEqual([1, 0, 2]);
    expect(await queue.bodies()).toEqual(["at once"]);
    await test.world.clock.advance(5 * second);
    expect(await queue.bodies()).toEqual(["by its own"]);
    await test.world.clock.advance(5 * second);
    expect(await queue.bodies()).toEqual(["by the queue's"]);
  });

  it("forgets messages after its retention period", async () => {
    await using test = await startSimulatedCloud();
    const queue = await makeQueue(test, "work", { MessageRetentionPeriod: "60" });
    await queue.send("old");
    await test.world.clock.advance(59 * second);
    await queue.send("new");
    expect(await queue.counts()).toEqual([2, 0, 0]);
    await test.world.clock.advance(second);
    expect(await queue.counts()).toEqual([1, 0, 0]);
    expect(await queue.bodies()).toEqual(["new"]);
    await test.world.clock.advance(200 * second);
    expect(test.cloud.store.state.prepare("select count(*) as count from sqs_message").get()).toEqual({ count: 0 });
  });

  it("gives dead letters to another queue, as the same messages", async () => {
    await using test = await startSimulatedCloud();
    const dead = await makeQueue(test, "dead");
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 2 });
    const queue = await makeQueue(test, "work", { RedrivePolicy });
    const { MessageId } = await queue.send("poison");
    const sentMs = test.world.clock.nowMs();
    for (let time = 0; time < 2; time++) {
      expect(await queue.bodies()).toEqual(["poison"]);
      await test.world.clock.advance(30 * second);
    }
    expect(await queue.receive()).toEqual([]);
    expect(await queue.counts()).toEqual([0, 0, 0]);
    expect(await dead.receive()).toMatchObject([
      {
        MessageId,
        Body: "poison",
        Attributes: { SentTimestamp: String(sentMs), DeadLetterQueueSourceArn: queue.arn, ApproximateReceiveCount: "3" },
      },
    ]);
    expect(await test.call("sqs", "ListDeadLetterSourceQueues", { QueueUrl: dead.url })).toEqual({ queueUrls: [queue.url] });
  });

  it("answers with what of a message's attributes was asked for, and their MD5", async () => {
    await using test = await startSimulatedCloud();
    const queue = await makeQueue(test, "work", { VisibilityTimeout: "0" });
    const text = (StringValue: string) => ({ DataType: "String", StringValue });
    const sent = await queue.send("msg", {
      MessageAttributes: { Hello: text("There"), General: text("Kenobi"), "Help.Me": text("Me") },
      MessageSystemAttributes: { AWSTraceHeader: text("Root=1-5759e988-bd862e3fe1be46a994272793") },
    });
    // As AWS reckons them: localstack's recorded answers, test_receive_message_message_attribute_names_filters.
    expect(sent.MD5OfMessageAttributes).toBe("4c360f3fdafd970e05fae2f149d997f5");
    expect(sent.MD5OfMessageSystemAttributes).toMatch(/^[0-9a-f]{32}$/);
    const of = async (...MessageAttributeNames: string[]) => {
      const [message] = await queue.receive({ MessageAttributeNames });
      return [message!.MD5OfMessageAttributes, Object.keys(message!.MessageAttributes ?? {}).sort()];
    };
    expect(await of()).toEqual([undefined, []]);
    expect(await of("All")).toEqual(["4c360f3fdafd970e05fae2f149d997f5", ["General", "Hello", "Help.Me"]]);
    expect(await of("*")).toEqual(["4c360f3fdafd970e05fae2f149d997f5", ["General", "Hello", "Help.Me"]]);
    expect(await of(".*")).toEqual(["4c360f3fdafd970e05fae2f149d997f5", ["General", "Hello", "Help.Me"]]);
    expect(await of("Foo")).toEqual([undefined, []]);
    expect(await of("Hello", "General")).toEqual(["fca026605781cb4126a1e9044df24232", ["General", "Hello"]]);
    expect(await of("Hello", "Foo")).toEqual(["a311262e065454b75da111d535b8dacd", ["Hello"]]);
    expect(await of("Hel.*")).toEqual(["83fee93c1bcd8b9a5a923ffacdc636c7", ["Hello", "Help.Me"]]);
    expect((await queue.receive({ AttributeNames: ["AWSTraceHeader"] }))[0]!.Attributes).toEqual({
      AWSTraceHeader: "Root=1-5759e988-bd862e3fe1be46a994272793",
    });
    await queue.send("binary", { MessageAttributes: { bytes: { DataType: "Binary", BinaryValue: new Uint8Array([0, 30, 255]) } } });
    const binary = (await queue.receive({ MessageAttributeNames: ["All"] })).find(({ Body }) => Body === "binary");
    expect([...binary!.MessageAttributes!["bytes"]!.BinaryValue!]).toEqual([0, 30, 255]);
  });

  it("keeps a group as a tenant's name", async () => {
    await using test = await startSimulatedCloud();
    const queue = await makeQueue(test, "work");
    await queue.send("a", { MessageGroupId: "tenant" });
    await queue.send("b", { MessageGroupId: "tenant" });
    expect((await queue.receive()).map(({ Attributes }) => Attributes!.MessageGroupId)).toEqual(["tenant", "tenant"]);
  });

  it("lets no more than 120,000 be in flight", async () => {
    await using test = await startSimulatedCloud();
    const queue = await makeQueue(test, "work");
    for (const body of ["a", "b", "c"]) await queue.send(body);
    await queue.receive({ MaxNumberOfMessages: 1 });
    test.cloud.store.transaction(() => {
      const copy = test.cloud.store.state
        .prepare(`insert into sqs_message (queue, visible_ms, received, sent_ms, sequence, id, sender, body_md5, body)
        select queue, visible_ms, received, sent_ms, sequence, id, sender, body_md5, body from sqs_message where received > 0 limit 1`);
      for (let more = 0; more < mostInFlight - 2; more++) copy.run();
    });
    // The memory keeps only a bound; the messages are counted again when it is reached.
    noteReceived(test.cloud, queueByName(test.cloud, "eu-central-1", "work")!, mostInFlight - 2);
    expect(await queue.receive()).toHaveLength(1);
    await expect(queue.receive()).rejects.toMatchObject({ code: "OverLimit", status: 403 });
    await test.world.clock.advance(30 * second);
    expect(await queue.receive()).toHaveLength(10);
  });
});

describe("a FIFO queue", () => {
  const draft = (MessageGroupId: string, MessageDeduplicationId?: string) => ({
    MessageGroupId,
    ...(MessageDeduplicationId !== undefined && { MessageDeduplicationId }),
  });

  it("gives messages in order, and the next of a group only when nobody has one of it", async () => {
    await using test = await startSimulatedCloud();
    const queue = await makeQueue(test, "runs.fifo", { ContentBasedDeduplication: "true" });
    for (const body of ["a1", "b1", "a2", "b2", "a3"]) await queue.send(body, draft(body[0]!));
    const first = await queue.receive({ MaxNumberOfMessages: 2 });
    expect(first.map(({ Body }) => Body)).toEqual(["a1", "a2"]);
    const numbers = first.map(({ Attributes }) => Attributes!.SequenceNumber!);
    expect(numbers.every((number) => /^\d{20}$/.test(number))).toBe(true);
    expect(numbers[0]! < numbers[1]!).toBe(true);
    expect(await queue.bodies()).toEqual(["b1", "b2"]);
    expect(await queue.receive()).toEqual([]);
    await queue.remove(first[0]!.ReceiptHandle!);
    expect(await queue.receive()).toEqual([]);
    await queue.remove(first[1]!.ReceiptHandle!);
    expect(await queue.bodies()).toEqual(["a3"]);
    await test.world.clock.advance(30 * second);
    expect(await queue.bodies()).toEqual(["b1", "b2", "a3"]);
  });

  it("refuses a handle when the time with it is over", async () => {
    await using test = await startSimulatedCloud();
    const queue = await makeQueue(test, "runs.fifo", { ContentBasedDeduplication: "true" });
    await queue.send("a", draft("g"));
    const [{ ReceiptHandle } = {}] = await queue.receive();
    await test.world.clock.advance(30 * second);
    const expired = {
      code: "InvalidParameterValue",
      message: `Value ${ReceiptHandle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.`,
    };
    await expect(queue.remove(ReceiptHandle!)).rejects.toMatchObject(expired);
    await expect(queue.show(ReceiptHandle!, 10)).rejects.toMatchObject(expired);
  });

  it("takes a message once in exactly five minutes, by id or by content, of the queue or of the group", async () => {
    await using test = await startSimulatedCloud();
    const queue = await makeQueue(test, "runs.fifo", { ContentBasedDeduplication: "true" });
    // Not at a full minute, when what is past is cleared away.
    await test.world.clock.advance(500);
    const first = await queue.send("same", draft("a"));
    expect(await queue.send("same", draft("b"))).toEqual(first);
    const [{ ReceiptHandle } = {}] = await queue.receive();
    await queue.remove(ReceiptHandle!);
    await test.world.clock.advance(299_999);
    expect(await queue.send("same", draft("a"))).toEqual(first);
    await test.world.clock.advance(1);
    expect((await queue.send("same", draft("a"))).MessageId).not.toBe(first.MessageId);
    const byId = await queue.send("one", draft("a", "id"));
    expect(await queue.send("two", draft("a", "id"))).toMatchObject({ MessageId: byId.MessageId, SequenceNumber: byId.SequenceNumber });
    const groups = await makeQueue(test, "groups.fifo", {
      ContentBasedDeduplication: "true",
      DeduplicationScope: "messageGroup",
      FifoThroughputLimit: "perMessageGroupId",
    });
    const a = await groups.send("same", draft("a"));
    expect((await groups.send("same", draft("b"))).MessageId).not.toBe(a.MessageId);
    expect(await groups.send("same", draft("a"))).toEqual(a);
  });

  it("repeats a lost answer to who names the attempt", async () => {
    await using test = await startSimulatedCloud();
    const queue = await makeQueue(test, "runs.fifo", { ContentBasedDeduplication: "true" });
    await queue.send("a", draft("g"));
    await queue.send("b", draft("h"));
    const first = await queue.receive({ MaxNumberOfMessages: 1, ReceiveRequestAttemptId: "x" });
    await test.world.clock.advance(20 * second);
    expect(await queue.receive({ MaxNumberOfMessages: 1, ReceiveRequestAttemptId: "x" })).toEqual(first);
    await test.world.clock.advance(20 * second);
    // The repetition began the visibility timeout anew.
    expect(await queue.bodies({ MaxNumberOfMessages: 1 })).toEqual(["b"]);
    await queue.remove(first[0]!.ReceiptHandle!);
    expect(await queue.receive({ ReceiveRequestAttemptId: "x" })).toEqual([]);
  });

  it("holds back a group behind a delayed message, and applies a new delay to what it has", async () => {
    await using test = await startSimulatedCloud();
    const queue = await makeQueue(test, "runs.fifo", { ContentBasedDeduplication: "true", DelaySeconds: "10" });
    await queue.send("a", draft("g"));
    expect(await queue.receive()).toEqual([]);
    await test.call("sqs", "SetQueueAttributes", { QueueUrl: queue.url, Attributes: { DelaySeconds: "2" } });
    await test.world.clock.advance(2 * second);
    expect(await queue.bodies()).toEqual(["a"]);
  });

  it("brings dead letters on in order, with an age of their own", async () => {
    await using test = await startSimulatedCloud();
    const dead = await makeQueue(test, "dead.fifo");
    const queue = await makeQueue(test, "runs.fifo", {
      ContentBasedDeduplication: "true",
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 1 }),
    });
    for (const body of ["1", "2", "3"]) await queue.send(body, draft("g"));
    expect(await queue.bodies({ MaxNumberOfMessages: 2 })).toEqual(["1", "2"]);
    await test.world.clock.advance(30 * second);
    expect(await queue.bodies({ MaxNumberOfMessages: 2 })).toEqual(["3"]);
    const letters = await dead.receive();
    expect(letters.map(({ Body }) => Body)).toEqual(["1", "2"]);
    expect(letters[0]!.Attributes).toMatchObject({ SentTimestamp: String(test.world.clock.nowMs()), MessageGroupId: "g" });
  });
});

describe("who waits", () => {
  it("is served at once and in turn, when messages come", async () => {
    await using test = await startSimulatedCloud();
    const queue = await makeQueue(test, "work");
    const first = queue.bodies({ WaitTimeSeconds: 20, MaxNumberOfMessages: 1 });
    const behind = queue.bodies({ WaitTimeSeconds: 20, MaxNumberOfMessages: 1 });
    await test.world.clock.advance(5 * second);
    await queue.send("a");
    expect(await first).toEqual(["a"]);
    await queue.send("b");
    expect(await behind).toEqual(["b"]);
  });

  it("waits as long as asked, or as the queue says, and not longer", async () => {
    await using test = await startSimulatedCloud();
    const queue = await makeQueue(test, "work", { ReceiveMessageWaitTimeSeconds: "3" });
    const answers: string[] = [];
    const long = queue.receive({ WaitTimeSeconds: 10 }).then(() => answers.push("asked"));
    const own = queue.receive().then(() => answers.push("own"));
    expect(await queue.receive({ WaitTimeSeconds: 0 })).toEqual([]);
    await test.world.clock.advance(2_999);
    expect(answers).toEqual([]);
    await test.world.clock.advance(1);
    await own;
    await test.world.clock.advance(7 * second);
    await long;
    expect(answers).toEqual(["own", "asked"]);
  });

  it("gets what becomes visible by time: a delay, a timeout, a group that is free", async () => {
    await using test = await startSimulatedCloud();
    const queue = await makeQueue(test, "work");
    await queue.send("delayed", { DelaySeconds: 4 });
    const delayed = queue.bodies({ WaitTimeSeconds: 20 });
    await test.world.clock.advance(4 * second);
    expect(await delayed).toEqual(["delayed"]);
    const again = queue.bodies({ WaitTimeSeconds: 20 });
    await test.world.clock.advance(15 * second);
    const later = queue.bodies({ WaitTimeSeconds: 20 });
    await test.world.clock.advance(6 * second);
    expect(await again).toEqual([]);
    await test.world.clock.advance(9 * second);
    expect(await later).toEqual(["delayed"]);

    const runs = await makeQueue(test, "runs.fifo", { ContentBasedDeduplication: "true" });
    await runs.send("1", { MessageGroupId: "g" });
    await runs.send("2", { MessageGroupId: "g" });
    const [one] = await runs.receive({ MaxNumberOfMessages: 1 });
    const next = runs.bodies({ WaitTimeSeconds: 20 });
    await runs.remove(one!.ReceiptHandle!);
    expect(await next).toEqual(["2"]);
  });

  it("is told when the queue goes, and let go when the cloud stops", async () => {
    const test = await startSimulatedCloud();
    const queue = await makeQueue(test, "work");
    const waiting = queue.receive({ WaitTimeSeconds: 20 });
    const gone = expect(waiting).rejects.toMatchObject({ code: "QueueDoesNotExist" });
    await test.world.clock.advance(1);
    await test.call("sqs", "DeleteQueue", { QueueUrl: queue.url });
    await gone;
    const other = await makeQueue(test, "other");
    const ended = expect(other.receive({ WaitTimeSeconds: 20 })).rejects.toMatchObject({ code: "ServiceUnavailable" });
    await test.world.clock.advance(1);
    await test[Symbol.asyncDispose]();
    await ended;
  });
});
