/** The engine: runs operations on stacks, each through its phases, and takes up after a crash those that were under way. */
import type { ResourceType } from "@plinth/cloudformation/resource-types";
import { cdkMetadata } from "./cdk-metadata.ts";
import { customResource, isCustom } from "./custom-resource.ts";
import type { Cloud } from "../cloud.ts";
import { isDiskFull, roomLookMs } from "../disk-full.ts";
import type { Reader } from "../resource.ts";
import type { ServiceId } from "../aws.ts";
import type { Service } from "../service.ts";
import type { AnyHandler } from "./coverage.ts";
import { Halted, openJournal, ownJournal } from "./journal.ts";
import { runPhases } from "./phases.ts";
import { Cancelled } from "./acts.ts";
import { markStack, type Run } from "./run.ts";
import { allStacks, getModel, getStack, listResources, type Operation, putStack, type Stack } from "./stack.ts";

export interface Engine {
  /** Of a type that has been prepared; `undefined` for one that this cloud does not make. */
  readonly handler: (type: string) => AnyHandler | undefined;
  /** Activates the services that make these types. */
  readonly prepare: (types: Iterable<string>) => Promise<void>;
  /** How what stands of a type is read again; none for types of which nothing can be told. */
  readonly reader: (type: string) => Promise<AnyReader | undefined>;
  /** Gives a stack an operation, in one commit with its first status and what `more` writes, and sets it going. */
  begin(stack: Stack, operation: Operation, status: Stack["status"], reason: string, more?: () => void): void;
  /** The stack as it is now; of one with a running operation, that operation's own record, which `change` alone changes. */
  change(stack: Stack, edit: (stack: Stack) => void): void;
  /** Stops an update that is being made; it is rolled back. */
  cancel(stack: Stack): void;
  /** Ends a creation that is under way, for the deletion that is to follow. */
  interrupt(stack: Stack, next: Operation): void;
  /** Whether the stack's operation waits for room on a full disk. It goes on, as after a crash, from what is written. */
  stalled(uuid: string): boolean;
  /** Resolves when the stack's operation, if it has one, has ended. */
  settled(uuid: string): Promise<void>;
  /** Resolves when no operation runs. */
  idle(): Promise<void>;
  /** Takes up every operation that the store has under way. */
  resume(): void;
  /** Ends everything as if the process were killed, and resolves when nothing runs. */
  halt(): Promise<void>;
}

type AnyReader = Reader<Record<string, unknown>>;

export interface EngineOptions {
  handler: (type: string) => AnyHandler | undefined;
  /** Called before a type's handler is asked for. Default: nothing has to be done. */
  prepare?: (type: string) => Promise<void>;
  reader?: (type: string) => Promise<AnyReader | undefined>;
  /** Called with a name before each commit and each call of a handler: a test cuts the engine there. */
  step?: (name: string) => void;
}

export function createEngine(
  cloud: Cloud,
  { handler, prepare = async () => {}, reader = async () => undefined, step = () => undefined }: EngineOptions,
): Engine {
  const halted = new AbortController();
  const journal = openJournal(cloud.store, () => halted.signal.aborted, step);
  const running = new Map<string, { run: Run; ended: Promise<void> }>();
  const stalled = new Set<string>();

  function launch(stack: Stack): void {
    const { principal } = stack.operation!;
    const own = ownJournal(journal);
    const run: Run = {
      cloud,
      journal: own,
      async handler(type) {
        await prepare(type);
        return handler(type);
      },
      stack,
      resources: new Map(listResources(cloud.store, stack).map((resource) => [resource.logicalId, resource])),
      call: cloud.as(principal, stack.region),
      callIn: (region) => cloud.as(principal, region),
      secrets: new Set(secretsOf(stack)),
      abort: new AbortController(),
      halted: halted.signal,
      step,
    };
    // A turn of the event loop later, so that the caller is answered with the stack's first status.
    const ended = new Promise<void>((done) => setImmediate(done))
      .then(() => runPhases(run))
      .catch((error: unknown) => {
        if (!(error instanceof Halted)) throw error;
        if (own.isFull()) waitForRoom(stack);
      })
      .finally(() => running.delete(stack.uuid));
    running.set(stack.uuid, { run, ended });
  }

  /** What is in memory has run ahead of what is written: it is dropped, as by a crash, and the written is gone on with. */
  function waitForRoom({ region, uuid }: Stack): void {
    stalled.add(uuid);
    cloud.world.clock.after(roomLookMs, () => {
      if (halted.signal.aborted) return;
      const stack = getStack(cloud.store, region, uuid);
      try {
        if (stack?.operation) {
          journal.now(() => putStack(cloud.store, stack));
          launch(stack);
        }
        stalled.delete(uuid);
      } catch (error) {
        if (stack) waitForRoom(stack);
        if (!isDiskFull(error)) throw error;
      }
    });
  }

  /** Values of NoEcho parameters, of what the stack is and of what it is becoming. */
  function secretsOf(stack: Stack): string[] {
    const models = [stack.model, stack.target].flatMap((number) => (number === undefined ? [] : getModel(cloud.store, stack, number)));
    return models.flatMap(({ parameters }) => Object.values(parameters).flatMap(({ noEcho, value }) => (noEcho ? value : [])));
  }

  const engine: Engine = {
    handler,
    async prepare(types) {
      for (const type of new Set(types)) await prepare(type);
    },
    reader,
    begin(stack, operation, status, reason, more) {
      stack.operation = operation;
      stack.lastOperations = [operationEntry(operation), ...stack.lastOperations].slice(0, 5);
      journal.now(() => {
        more?.();
        markStack(cloud, stack, status, reason);
      });
      launch(stack);
    },
    change(stack, edit) {
      const live = running.get(stack.uuid)?.run.stack ?? getStack(cloud.store, stack.region, stack.uuid) ?? stack;
      journal.now(() => {
        edit(live);
        putStack(cloud.store, live);
      });
    },
    cancel(stack) {
      const found = running.get(stack.uuid);
      engine.change(stack, ({ operation }) => {
        if (operation) operation.cancelled = true;
      });
      found?.run.abort.abort(new Cancelled());
    },
    interrupt(stack, next) {
      const found = running.get(stack.uuid);
      engine.change(stack, (live) => {
        if (live.operation) live.operation.next = next;
        live.lastOperations = [operationEntry(next), ...live.lastOperations].slice(0, 5);
        markStack(cloud, live, "DELETE_IN_PROGRESS", "User Initiated");
      });
      found?.run.abort.abort(new Cancelled());
    },
    stalled: (uuid) => stalled.has(uuid),
    async settled(uuid) {
      await running.get(uuid)?.ended;
    },
    async idle() {
      while (running.size > 0) await Promise.all([...running.values()].map(({ ended }) => ended));
    },
    resume() {
      for (const stack of allStacks(cloud.store)) if (stack.operation && !running.has(stack.uuid)) launch(stack);
    },
    async halt() {
      halted.abort(new Halted());
      await Promise.allSettled([...running.values()].map(({ ended }) => ended));
    },
  };
  return engine;
}

function operationEntry({ type, id, clientRequestToken }: Operation): Stack["lastOperations"][number] {
  return { type, id, ...(clientRequestToken === undefined ? {} : { clientRequestToken }) };
}

const engineKey = Symbol("the CloudFormation engine");

/** The cloud's engine, with the resource types of its services. */
export function engineOf(cloud: Cloud): Engine {
  return cloud.memory(engineKey, () =>
    createEngine(cloud, {
      handler: (type) => servedType(cloud, type),
      async prepare(type) {
        await makerOf(cloud, type);
      },
      reader: async (type) => (await makerOf(cloud, type))?.readers?.[type as ResourceType] as AnyReader | undefined,
    }),
  );
}

/** Gives a cloud an engine with resource types of a test's own, before its first use. */
export function useEngine(cloud: Cloud, options: EngineOptions): Engine {
  return cloud.memory(engineKey, () => createEngine(cloud, options));
}

function servedType(cloud: Cloud, type: string): AnyHandler | undefined {
  const id = makerId(cloud, type);
  if (id !== undefined) {
    const service = cloud.active(id);
    if (!service) throw new Error(`${type} has not been prepared`);
    const handler = service.resources?.[type as ResourceType];
    if (handler) return handler as unknown as AnyHandler;
  }
  if (isCustom(type)) return customResource(type);
  return type === "AWS::CDK::Metadata" ? cdkMetadata : undefined;
}

/** The service whose namespace a type is in. */
function makerId(cloud: Cloud, type: string): ServiceId | undefined {
  const [aws, namespace] = type.split("::");
  if (aws !== "AWS" || namespace === undefined) return undefined;
  return (Object.keys(cloud.services) as ServiceId[]).find((id) => cloud.services[id].namespace === namespace);
}

async function makerOf(cloud: Cloud, type: string): Promise<Service | undefined> {
  const id = makerId(cloud, type);
  return id === undefined ? undefined : await cloud.activate(id);
}

/** Finishes, or rolls back, what was under way when the cloud ended. */
export function resumeStacks(cloud: Cloud): void {
  engineOf(cloud).resume();
}
