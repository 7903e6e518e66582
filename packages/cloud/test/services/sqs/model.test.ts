/**
 * Random operations on a queue, beside a model of it in a few lines: nothing is lost, nothing is received twice within its visibility
 * timeout, groups keep their order, duplicates are duplicates for exactly five minutes; also when the cloud starts anew in between.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Arbitrary, array, assert, asyncProperty, constantFrom, integer, oneof, record } from "fast-check";
import { expect, test } from "vitest";
import { assembleCloud } from "../../../src/assemble.ts";
import { rootPrincipal } from "../../../src/identity/principal.ts";
import { openStore } from "../../../src/store.ts";
import { simulatedWorld } from "../../../src/world/simulated.ts";

type Step =
  | { kind: "send"; group: string; content: string; delaySeconds: number }
  | { kind: "receive"; count: number; visibilitySeconds: number }
  | { kind: "delete"; receipt: number }
  | { kind: "change"; receipt: number; visibilitySeconds: number }
  | { kind: "pass"; milliseconds: number }
  | { kind: "restart" };

const steps: Arbitrary<Step[]> = array(
  oneof(
    {
      weight: 5,
      arbitrary: record({
        kind: constantFrom("send" as const),
        group: constantFrom("a", "b", "c"),
        content: constantFrom("1", "2", "3", "4"),
        delaySeconds: constantFrom(0, 0, 0, 5),
      }),
    },
    {
      weight: 4,
      arbitrary: record({
        kind: constantFrom("receive" as const),
        count: integer({ min: 1, max: 10 }),
        visibilitySeconds: constantFrom(0, 1, 30, 299),
      }),
    },
    { weight: 3, arbitrary: record({ kind: constantFrom("delete" as const), receipt: integer({ min: 0, max: 200 }) }) },
    {
      weight: 2,
      arbitrary: record({
        kind: constantFrom("change" as const),
        receipt: integer({ min: 0, max: 200 }),
        visibilitySeconds: constantFrom(0, 1, 60),
      }),
    },
    {
      weight: 3,
      arbitrary: record({
        kind: constantFrom("pass" as const),
        milliseconds: constantFrom(0, 1, 999, 1_000, 29_999, 30_000, 299_999, 300_000),
      }),
    },
    { weight: 1, arbitrary: record({ kind: constantFrom("restart" as const) }) },
  ),
  { minLength: 10, maxLength: 80 },
);

interface Known {
  id: string;
  group: string;
  visibleMs: number;
  received: number;
  receivedMs: number;
}

interface Handle {
  text: string;
  message: Known;
  received: number;
}

async function run(fifo: boolean, seed: number, all: readonly Step[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "plinth-sqs-model-"));
  const world = simulatedWorld({ seed, folder });
  const store = openStore(":memory:");
  const start = async () => {
    const cloud = assembleCloud({ world, store, endpoint: () => "http://127.0.0.1:1" });
    await cloud.start();
    return { cloud, call: cloud.as(rootPrincipal(cloud.account), "eu-central-1") };
  };
  let { cloud, call } = await start();
  const now = () => world.clock.nowMs();
  const { QueueUrl = "" } = await call("sqs", "CreateQueue", {
    QueueName: fifo ? "q.fifo" : "q",
    Attributes: fifo ? { FifoQueue: "true" } : {},
  });

  /** In the order of their sending. */
  let messages: Known[] = [];
  const handles: Handle[] = [];
  const duplicates = new Map<string, { id: string; untilMs: number }>();
  const hidden = (message: Known) => message.visibleMs > now();
  const isCurrent = ({ message, received }: Handle) => message.received === received && hidden(message);

  /** The messages that a FIFO queue has to give now: by the oldest of each free group, as many of a group as there is room for. */
  function expectedInOrder(count: number): Known[] {
    const groups = [...new Set(messages.map(({ group }) => group))];
    const free = groups.filter((group) => !messages.some((each) => each.group === group && hidden(each)));
    return free.flatMap((group) => messages.filter((each) => each.group === group)).slice(0, count);
  }

  async function receive(count: number, visibilitySeconds: number): Promise<Known[]> {
    const visible = messages.filter((each) => !hidden(each));
    const wanted = fifo ? expectedInOrder(count) : visible;
    const { Messages = [] } = await call("sqs", "ReceiveMessage", {
      QueueUrl,
      MaxNumberOfMessages: count,
      VisibilityTimeout: visibilitySeconds,
      AttributeNames: ["All"],
    });
    const got = Messages.map(({ MessageId }) => MessageId);
    if (fifo) expect(got).toEqual(wanted.map(({ id }) => id));
    else {
      expect(got).toHaveLength(Math.min(count, visible.length));
      expect(new Set(got).size).toBe(got.length);
    }
    return Messages.map(({ MessageId, ReceiptHandle, Attributes }) => {
      const message = wanted.find(({ id }) => id === MessageId);
      if (!message) throw new Error(`message ${MessageId} was received while somebody else had it`);
      message.received++;
      message.receivedMs = now();
      message.visibleMs = now() + visibilitySeconds * 1000;
      expect(Attributes!.ApproximateReceiveCount).toBe(String(message.received));
      handles.push({ text: ReceiptHandle!, message, received: message.received });
      return message;
    });
  }

  for (const step of all) {
    switch (step.kind) {
      case "send": {
        const { group, content, delaySeconds } = step;
        const { MessageId = "" } = await call("sqs", "SendMessage", {
          QueueUrl,
          MessageBody: content,
          ...(fifo ? { MessageGroupId: group, MessageDeduplicationId: content } : { DelaySeconds: delaySeconds }),
        });
        const before = duplicates.get(content);
        if (fifo && before && before.untilMs > now()) {
          expect(MessageId).toBe(before.id);
          break;
        }
        expect(messages.some(({ id }) => id === MessageId)).toBe(false);
        if (fifo) duplicates.set(content, { id: MessageId, untilMs: now() + 300_000 });
        messages.push({ id: MessageId, group, received: 0, receivedMs: 0, visibleMs: now() + (fifo ? 0 : delaySeconds * 1000) });
        break;
      }
      case "receive":
        await receive(step.count, step.visibilitySeconds);
        break;
      case "delete": {
        const handle = handles[step.receipt % Math.max(1, handles.length)];
        if (!handle) break;
        const refused = fifo && messages.includes(handle.message) && !isCurrent(handle);
        const done = call("sqs", "DeleteMessage", { QueueUrl, ReceiptHandle: handle.text });
        if (refused) await expect(done).rejects.toMatchObject({ code: "InvalidParameterValue" });
        else {
          await done;
          messages = messages.filter((each) => each !== handle.message);
        }
        break;
      }
      case "change": {
        const handle = handles[step.receipt % Math.max(1, handles.length)];
        if (!handle) break;
        const { message } = handle;
        const allowed = messages.includes(message) && (!fifo || isCurrent(handle));
        const done = call("sqs", "ChangeMessageVisibility", {
          QueueUrl,
          ReceiptHandle: handle.text,
          VisibilityTimeout: step.visibilitySeconds,
        });
        if (allowed) {
          await done;
          if (hidden(message)) message.visibleMs = now() + step.visibilitySeconds * 1000;
        } else await expect(done).rejects.toMatchObject({ code: "InvalidParameterValue" });
        break;
      }
      case "pass":
        await world.clock.advance(step.milliseconds);
        break;
      default:
        await cloud.stop();
        ({ cloud, call } = await start());
    }
    const { Attributes } = await call("sqs", "GetQueueAttributes", { QueueUrl, AttributeNames: ["All"] });
    expect(Attributes).toMatchObject({
      ApproximateNumberOfMessages: String(messages.filter((each) => !hidden(each)).length),
      ApproximateNumberOfMessagesNotVisible: String(messages.filter((each) => hidden(each) && each.received > 0).length),
    });
  }

  // In the end all that was not deleted comes, each once.
  await world.clock.advance(400_000);
  const left = new Set(messages.map(({ id }) => id));
  for (;;) {
    const got = await receive(10, 300);
    if (got.length === 0) break;
    for (const message of got) {
      expect(left.delete(message.id)).toBe(true);
      await call("sqs", "DeleteMessage", { QueueUrl, ReceiptHandle: handles.findLast((handle) => handle.message === message)!.text });
    }
    messages = messages.filter((each) => !got.includes(each));
  }
  expect([...left]).toEqual([]);
  await cloud.stop();
  store.close();
  rmSync(folder, { recursive: true, force: true });
}

test.each([
  ["a standard queue", false],
  ["a FIFO queue", true],
])("%s is as its model", async (_, fifo) => {
  await assert(
    asyncProperty(integer({ min: 1, max: 1_000_000 }), steps, (seed, all) => run(fifo, seed, all)),
    { seed: 20_261_125, numRuns: 200 },
  );
});
