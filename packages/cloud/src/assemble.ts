/** Puts a cloud together: the table of services over a world and a store. */
import type { ServiceId } from "./aws.ts";
import { activation } from "./activation.ts";
import { AwsError } from "./aws-error.ts";
import { type Cloud, notServed } from "./cloud.ts";
import { authorize } from "./identity/authorize.ts";
import type { Call, OperationContext } from "./service.ts";
import { services } from "./services/index.ts";
import type { Store } from "./store.ts";
import type { World } from "./world.ts";

export interface CloudOptions {
  world: World;
  store: Store;
  endpoint: () => string;
  /** 12 digits. Default: 123456789012. */
  account?: string;
  /** See `Cloud.patienceMs`. Default: 0. */
  patienceMs?: number;
  /** See `Cloud.dnsPort`. */
  dnsPort?: number | undefined;
}

export function assembleCloud({ world, store, endpoint, account = "123456789012", patienceMs = 0, dnsPort }: CloudOptions): Cloud {
  const memories = new Map<symbol, unknown>();
  let stopping = new AbortController();
  const background = new Set<Promise<void>>();
  const backgroundEnded = async () => {
    while (background.size > 0) await Promise.all(background);
  };

  const cloud: Cloud = {
    world,
    store,
    account,
    patienceMs,
    dnsPort,
    services,
    active: (service) => own.active(service) as never,
    activate: (service) => own.activate(service) as never,
    get endpoint() {
      return endpoint();
    },
    get stopping() {
      return stopping.signal;
    },
    memory<T>(key: symbol, make: () => T): T {
      if (!memories.has(key)) memories.set(key, make());
      return memories.get(key) as T;
    },
    as(principal, region) {
      return ((service: ServiceId, operation: string, input: unknown) =>
        cloud.run(service, operation, input, { principal, region, requestId: world.random.uuid(), signal: stopping.signal })) as Call;
    },
    async run(serviceId, operationName, input, origin) {
      if (!Object.hasOwn(services, serviceId)) throw notServed(serviceId, operationName);
      const service = own.active(serviceId) ?? (await own.activate(serviceId));
      const handler = service.operations[operationName as never] as ((input: unknown, context: OperationContext) => unknown) | undefined;
      if (!handler) throw notServed(serviceId, operationName);
      const { principal, region, requestId, trace } = origin;
      const context: OperationContext = {
        cloud,
        account,
        region,
        principal,
        requestId,
        trace,
        get signal() {
          return origin.signal;
        },
        call: cloud.as(principal, region),
      };
      authorize(service, operationName, input, context);
      return await handler(input, context);
    },
    inBackground(what, work) {
      const finish = async () => {
        try {
          await work;
        } catch (error) {
          console.error(`${what} failed:`, error);
        }
        background.delete(ended);
      };
      const ended = finish();
      background.add(ended);
    },
    async start() {
      await own.resume();
      // Whoever names a port expects an answer there, also as long as there are no zones.
      if (dnsPort !== undefined) await own.activate("route53");
    },
    async stop() {
      stopping.abort(new AwsError("ServiceUnavailable", "The embedded cloud is stopping.", 503));
      const failures: unknown[] = [];
      // One that cannot note its end, as on a full disk, must not leave the others' programs running.
      await own.backwards(async (service) => {
        try {
          await service.stop?.(cloud);
        } catch (error) {
          failures.push(error);
        }
      }, backgroundEnded);
      memories.clear();
      if (failures.length > 0) throw failures[0];
    },
    async reset() {
      stopping.abort(new AwsError("ServiceUnavailable", "The account is being reset.", 503));
      stopping = new AbortController();
      await own.backwards(async (service) => await service.reset?.(cloud), backgroundEnded);
      memories.clear();
      store.clear();
      own.forget();
      await cloud.start();
    },
  };
  const own = activation(cloud, services);
  return cloud;
}
