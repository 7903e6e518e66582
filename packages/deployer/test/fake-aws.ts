/** AWS as a table of handlers, for what is to be tested without a cloud; an operation that has none fails the test. */
import type { Aws } from "../src/aws.ts";
import type { Deployment } from "../src/deployment.ts";
import type { DeployEvent } from "../src/event.ts";
import type { Assembly } from "@plinth/compiler";

// oxlint-disable-next-line typescript/no-explicit-any -- handlers of many operations stand in one table
export type Handlers = Record<string, (input: any) => unknown>;

export interface FakeAws extends Aws {
  calls: { operation: string; input: unknown }[];
}

export function fakeAws(handlers: Handlers, embedded?: string): FakeAws {
  const calls: FakeAws["calls"] = [];
  const aws: FakeAws = {
    region: "eu-central-1",
    embedded,
    calls,
    async call(service, operation, input) {
      const name = `${service}.${operation}`;
      calls.push({ operation: name, input });
      const handler = handlers[name];
      if (!handler) throw new Error(`nothing answers ${name}`);
      return (await handler(input)) as never;
    },
    in: () => aws,
    close: () => undefined,
  };
  return aws;
}

export function awsError(name: string, message: string): Error {
  return Object.assign(new Error(message), { name, $fault: "client" });
}

/** Time that goes on only by sleeping. */
export function fakeTime(startMs = Date.parse("2026-01-01T00:00:00Z")) {
  let nowMs = startMs;
  return {
    now: () => nowMs,
    async sleep(ms: number, signal?: AbortSignal) {
      if (signal?.aborted) throw new Error("interrupted");
      nowMs += ms;
    },
    advance(ms: number) {
      nowMs += ms;
    },
  };
}

export const emptyAssembly: Assembly = {
  app: "shop",
  stage: "prod",
  region: "eu-central-1",
  production: true,
  stacks: [],
  images: [],
  secrets: [],
  beforeServices: [],
  rotations: [],
  serverLogs: [],
  programs: [],
  stores: [],
  outputs: {},
  origins: {},
  never: [],
  waived: [],
  notes: [],
  leaves: [],
};

export function fakeDeployment(
  aws: Aws,
  assembly: Partial<Assembly> = {},
): Deployment & { events: DeployEvent[]; controller: AbortController } {
  const events: DeployEvent[] = [];
  const controller = new AbortController();
  return {
    aws,
    assembly: { ...emptyAssembly, ...assembly },
    emit: (event) => events.push(event),
    signal: controller.signal,
    folder: "/nowhere",
    time: fakeTime(),
    events,
    controller,
  };
}
