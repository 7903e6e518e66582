/**
 * CPU of sending, receiving and deleting a message, each on disk before it is answered, beside a bare node:http server that writes
 * one row of SQLite for each; and how many ordered messages two workers take from a FIFO queue.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateQueueCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { type Benchmark, median } from "../figure.ts";
import { clientSettings, cpuMs, end, firstLine, node, root, startCloud } from "../measure.ts";

const messagesPerRound = 1_000;
const rounds = 3;
const lanes = 8;
const orderedMessages = 4_000;
const groups = 40;
/** Each worker asks for the next messages while it deletes the last: how many batches it has in hand. */
const batchesInHand = 4;

type Answer = {
  MessageId?: string;
  Messages?: { ReceiptHandle: string; Body: string; Attributes?: { MessageGroupId: string } }[];
  Failed?: unknown[];
};
type Send = (operation: string, input: object) => Promise<Answer>;

const sqs: Benchmark = async () => {
  await using cloud = await startCloud();
  const client = new SQSClient(clientSettings(cloud.endpoint));
  const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: "bench" }));
  const { QueueUrl: fifoUrl } = await client.send(
    new CreateQueueCommand({ QueueName: "bench.fifo", Attributes: { FifoQueue: "true", ContentBasedDeduplication: "true" } }),
  );
  // The headers that the official client sends; body and its hash are each call's own.
  let headers: Record<string, string> = {};
  client.middlewareStack.add(
    (next) => async (args) => ((headers = { ...(args.request as { headers: Record<string, string> }).headers }), next(args)),
    { step: "finalizeRequest", priority: "low" },
  );
  await client.send(new SendMessageCommand({ QueueUrl: fifoUrl, MessageBody: "headers", MessageGroupId: "headers" }));
  client.destroy();

  const folder = mkdtempSync(join(tmpdir(), "plinth-bench-"));
  const bare = spawn(node, [join(root, "benchmarks/peers/bare-queue.ts"), join(folder, "queue.sqlite")], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const agent = new Agent({ keepAlive: true, maxSockets: lanes });
  try {
    const port = Number(await firstLine(bare));
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let round = 0; round <= rounds; round++) {
      const oursMicros = await microsPerMessage(cloud.pid, sender(agent, new URL(cloud.endpoint), headers), QueueUrl!);
      const theirsMicros = await microsPerMessage(bare.pid!, sender(agent, new URL(`http://127.0.0.1:${port}`), headers), QueueUrl!);
      // The first round warms both up.
      if (round > 0) {
        ours.push(oursMicros);
        theirs.push(theirsMicros);
      }
    }
    const [a, b] = [median(ours), median(theirs)];
    const perSecond = await orderedPerSecond(sender(agent, new URL(cloud.endpoint), headers), fifoUrl!);
    return [
      {
        name: "SQS send, receive, delete, CPU a message",
        ours: `${a.toFixed(0)} µs`,
        reference: `${b.toFixed(0)} µs node:http and SQLite`,
        value: a / b,
        limit: { atMost: 2.5 },
      },
      {
        name: "SQS ordered messages, two workers",
        ours: `${perSecond.toFixed(0)}/s`,
        reference: `${groups} groups, batches of 10, ${batchesInHand} in hand`,
        value: perSecond,
        unit: "/s",
        limit: { atLeast: 1_000 },
      },
    ];
  } finally {
    agent.destroy();
    await end(bare);
    rmSync(folder, { recursive: true, force: true });
  }
};
export default sqs;

async function microsPerMessage(pid: number, send: Send, QueueUrl: string): Promise<number> {
  const MessageBody = JSON.stringify({ conversation: "c-1", text: "x".repeat(200) });
  const before = cpuMs(pid);
  let left = messagesPerRound;
  const lane = async () => {
    while (left-- > 0) {
      await send("SendMessage", { QueueUrl, MessageBody });
      const { Messages: [message] = [] } = await send("ReceiveMessage", { QueueUrl });
      if (!message) throw new Error("a message that was sent is not there");
      await send("DeleteMessage", { QueueUrl, ReceiptHandle: message.ReceiptHandle });
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return ((cpuMs(pid) - before) * 1000) / messagesPerRound;
}

/** Sent beforehand; the time is that of receiving and deleting all, by two workers, in the order of each group. */
async function orderedPerSecond(send: Send, QueueUrl: string): Promise<number> {
  const total = orderedMessages;
  // Every lane sends for groups of its own, so that their order is that of their numbers.
  const sendGroups = async (lane: number) => {
    for (let first = lane * 10; first < total; first += lanes * 10) {
      const Entries = Array.from({ length: 10 }, (_, index) => ({
        Id: String(index),
        MessageBody: String(first + index),
        MessageGroupId: `${lane}-${index % (groups / lanes)}`,
      }));
      await send("SendMessageBatch", { QueueUrl, Entries });
    }
  };
  await Promise.all(Array.from({ length: lanes }, (_, lane) => sendGroups(lane)));
  const last = new Map<string, number>();
  let taken = 0;
  const startMs = performance.now();
  const poll = async () => {
    while (taken < total) {
      const { Messages = [] } = await send("ReceiveMessage", { QueueUrl, MaxNumberOfMessages: 10, AttributeNames: ["MessageGroupId"] });
      const own = Messages.filter(({ Body }) => Body !== "headers");
      for (const { Body, Attributes } of own) {
        const group = Attributes!.MessageGroupId;
        if (Number(Body) <= (last.get(group) ?? -1)) throw new Error(`message ${Body} of group ${group} came out of order`);
        last.set(group, Number(Body));
      }
      taken += own.length;
      const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
      if (Entries.length > 0) {
        const { Failed } = await send("DeleteMessageBatch", { QueueUrl, Entries });
        if (Failed?.length) throw new Error("a message could not be deleted");
      }
    }
  };
  const worker = () => Promise.all(Array.from({ length: batchesInHand }, poll));
  await Promise.all([worker(), worker()]);
  return total / ((performance.now() - startMs) / 1000);
}

function sender(agent: Agent, url: URL, headers: Record<string, string>): Send {
  return (operation, input) =>
    new Promise((done, fail) => {
      const body = JSON.stringify(input);
      const sent = request(
        {
          agent,
          host: url.hostname,
          port: url.port,
          method: "POST",
          path: "/",
          headers: {
            ...headers,
            host: url.host,
            "x-amz-target": `AmazonSQS.${operation}`,
            "x-amz-content-sha256": createHash("sha256").update(body).digest("hex"),
            "content-length": Buffer.byteLength(body),
          },
        },
        (response) => {
          const parts: Buffer[] = [];
          response.on("data", (part: Buffer) => parts.push(part));
          response.on("end", () => {
            const text = Buffer.concat(parts).toString("utf8");
            if (response.statusCode === 200) done(text === "" ? {} : (JSON.parse(text) as Answer));
            else fail(new Error(`${operation} answered ${response.statusCode}: ${text}`));
          });
        },
      );
      sent.on("error", fail);
      sent.end(body);
    });
}
