/** What a test of schedules needs: a cloud whose clock it moves, queues, and a role that may send to them. */
import { Scheduler, type CreateScheduleCommandInput } from "@aws-sdk/client-scheduler";
import type { SimulatedWorld } from "../../../src/world/simulated.ts";
import { startSimulatedServer, type TestServer } from "../../server.ts";

export const minuteMs = 60_000;
export const hourMs = 3_600_000;

export const queueArn = (name: string) => `arn:aws:sqs:eu-central-1:123456789012:${name}`;

export interface Place extends AsyncDisposable {
  server: TestServer & { world: SimulatedWorld };
  scheduler: Scheduler;
  roleArn: string;
  /** A schedule to the queue `jobs`; what is given stands in place of its parts. */
  create(Name: string, ScheduleExpression: string, more?: Partial<CreateScheduleCommandInput>): Promise<void>;
  /** Lets time pass. */
  pass(milliseconds: number): Promise<void>;
  /** The bodies that lie in a queue, each taken out. */
  bodies(queue?: string): Promise<string[]>;
  /** The same with their attributes. */
  messages(queue?: string): Promise<{ body: string; attributes: Record<string, string | undefined> }[]>;
}

export const trust = (service: string, condition?: object) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole", ...(condition && { Condition: condition }) }],
  });

export const allow = (Action: string | string[], Resource: string) =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action, Resource }] });

/** @param startMs where its clock begins. @default 2026-01-01T00:00:00Z */
export async function startPlace(startMs?: number): Promise<Place> {
  const server = await startSimulatedServer(1, startMs === undefined ? {} : { startMs });
  const { call, world } = server;
  const scheduler = new Scheduler(server.client);
  const { Role } = await call("iam", "CreateRole", { RoleName: "sends", AssumeRolePolicyDocument: trust("scheduler.amazonaws.com") });
  await call("iam", "PutRolePolicy", { RoleName: "sends", PolicyName: "send", PolicyDocument: allow("sqs:SendMessage", queueArn("*")) });
  for (const QueueName of ["jobs", "dead"]) await call("sqs", "CreateQueue", { QueueName });
  const roleArn = Role!.Arn!;
  const messages: Place["messages"] = async (queue = "jobs") => {
    const found = [];
    for (;;) {
      const QueueUrl = `${server.endpoint}/123456789012/${queue}`;
      const { Messages = [] } = await call("sqs", "ReceiveMessage", {
        QueueUrl,
        MaxNumberOfMessages: 10,
        MessageAttributeNames: ["All"],
      });
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
    scheduler,
    roleArn,
    async create(Name, ScheduleExpression, more = {}) {
      await scheduler.createSchedule({
        Name,
        ScheduleExpression,
        FlexibleTimeWindow: { Mode: "OFF" },
        Target: { Arn: queueArn("jobs"), RoleArn: roleArn, Input: "<aws.scheduler.scheduled-time>" },
        ...more,
      });
      await world.clock.advance(0);
    },
    pass: (milliseconds) => world.clock.advance(milliseconds),
    messages,
    bodies: async (queue) => (await messages(queue)).map(({ body }) => body),
    async [Symbol.asyncDispose]() {
      scheduler.destroy();
      await server[Symbol.asyncDispose]();
    },
  };
}
