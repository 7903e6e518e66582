/** What a test of EventBridge needs: a cloud whose clock it moves, and queues that EventBridge may send to. */
import { EventBridge, type PutEventsRequestEntry, type Target } from "@aws-sdk/client-eventbridge";
import type { SimulatedWorld } from "../../../src/world/simulated.ts";
import { startSimulatedServer, type TestServer } from "../../server.ts";

export const queueArn = (name: string) => `arn:aws:sqs:eu-central-1:123456789012:${name}`;
export const ruleArn = (name: string) => `arn:aws:events:eu-central-1:123456789012:rule/${name}`;
export const busArn = (name: string) => `arn:aws:events:eu-central-1:123456789012:event-bus/${name}`;

export interface Place extends AsyncDisposable {
  server: TestServer & { world: SimulatedWorld };
  events: EventBridge;
  /** A queue that EventBridge may send to for any rule, unless a policy is given. */
  queue(name: string, attributes?: Record<string, string>): Promise<string>;
  /** A rule for events of a source, with its targets. */
  rule(name: string, source: string, targets: Partial<Target>[], bus?: string): Promise<void>;
  /** Sends an event and lets it come to its targets. */
  send(entry: PutEventsRequestEntry): Promise<string>;
  pass(milliseconds: number): Promise<void>;
  /** What lies in a queue, each taken out. */
  messages(queue: string): Promise<{ body: string; attributes: Record<string, string | undefined> }[]>;
  bodies(queue: string): Promise<string[]>;
}

export async function startPlace(): Promise<Place> {
  const server = await startSimulatedServer();
  const { call, world, endpoint } = server;
  const events = new EventBridge(server.client);
  const messages: Place["messages"] = async (queue) => {
    const found = [];
    for (;;) {
      const QueueUrl = `${endpoint}/123456789012/${queue}`;
      const { Messages = [] } = await call("sqs", "ReceiveMessage", { QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ["All"] });
      if (Messages.length === 0) return found;
      for (const { Body = "", MessageAttributes = {}, ReceiptHandle } of Messages) {
        await call("sqs", "DeleteMessage", { QueueUrl, ReceiptHandle: ReceiptHandle! });
        found.push({
          body: Body,
          attributes: Object.fromEntries(Object.entries(MessageAttributes).map(([name, { StringValue }]) => [name, StringValue])),
        });
      }
    }
  };
  return {
    server,
    events,
    async queue(QueueName, attributes = {}) {
      const Statement = [
        { Effect: "Allow", Principal: { Service: "events.amazonaws.com" }, Action: "sqs:SendMessage", Resource: queueArn(QueueName) },
      ];
      const Policy = JSON.stringify({ Version: "2012-10-17", Statement });
      await call("sqs", "CreateQueue", { QueueName, Attributes: { Policy, ...attributes } });
      return queueArn(QueueName);
    },
    async rule(Name, source, targets, bus = "default") {
      await events.putRule({ Name, EventBusName: bus, EventPattern: JSON.stringify({ source: [source] }) });
      const Targets = targets.map((target, index) => ({ Id: `t${index + 1}`, Arn: "", ...target }));
      await events.putTargets({ Rule: Name, EventBusName: bus, Targets });
    },
    async send(entry) {
      const { Entries } = await events.putEvents({ Entries: [{ DetailType: "Test", Detail: "{}", ...entry }] });
      await world.clock.advance(0);
      return Entries![0]!.EventId!;
    },
    pass: (milliseconds) => world.clock.advance(milliseconds),
    messages,
    bodies: async (queue) => (await messages(queue)).map(({ body }) => body),
    async [Symbol.asyncDispose]() {
      events.destroy();
      await server[Symbol.asyncDispose]();
    },
  };
}
