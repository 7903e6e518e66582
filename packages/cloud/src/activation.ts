/**
 * Which services of a cloud are active. A service is loaded and started when something first asks for it, and from then on with each start of
 * the cloud, as long as its state is kept: what it left under way there goes on. What nobody uses costs neither time nor memory.
 */
import type { ServiceId } from "./aws.ts";
import { AwsError } from "./aws-error.ts";
import type { Cloud } from "./cloud.ts";
import { isDiskFull } from "./disk-full.ts";
import type { Service, ServiceTable } from "./service.ts";

export interface Activation {
  /** The service, where it is active. */
  active(id: ServiceId): Service | undefined;
  /** The service, loaded and started where it is not active yet. Throws what its start throws; the next time it is tried again. */
  activate(id: ServiceId): Promise<Service>;
  /** At a start of the cloud: starts the services that have been active in this state, in the order of the table. */
  resume(): Promise<void>;
  /**
   * At a stop or a reset: does this with all that are active, the last of the table first, and waits for what runs in the background. Either may
   * activate others, as whoever tells CloudWatch its last figures: it is done with those, too. Then none becomes active until `resume`.
   */
  backwards(act: (service: Service) => Promise<void>, idle: () => Promise<void>): Promise<void>;
  /** After a reset has emptied the store: none is active. */
  forget(): void;
}

export function activation(cloud: Cloud, table: ServiceTable): Activation {
  const order = Object.keys(table) as ServiceId[];
  const active = new Map<ServiceId, Service>();
  const beginning = new Map<ServiceId, Promise<Service>>();
  const noted = new Set<ServiceId>();
  let ended = false;

  const load = (id: ServiceId) => table[id].load() as Promise<Service>;
  const notes = () => cloud.store.collection<ServiceId[]>("cloud");

  /** On disk before anything of these services is, so that no start passes over what they left. */
  function note(ids: readonly ServiceId[]): void {
    const all = order.filter((id) => ids.includes(id) || noted.has(id));
    if (!write(all)) return;
    for (const id of all) noted.add(id);
  }

  /** On a full disk what can only be read is served, too: then it is noted when there is room, and so is what the service writes. */
  function write(ids: readonly ServiceId[]): boolean {
    try {
      notes().put("global", activeKey, [...ids]);
      return true;
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      return false;
    }
  }

  async function begin(id: ServiceId): Promise<Service> {
    const { needs = [] } = table[id];
    if (![...needs, id].every((each) => noted.has(each))) note([...needs, id]);
    const [service] = await Promise.all([load(id), ...needs.map((each) => it.activate(each))]);
    await service.start?.(cloud);
    active.set(id, service);
    return service;
  }

  const it: Activation = {
    active(id) {
      const service = active.get(id);
      if (service && !noted.has(id)) note([id]);
      return service;
    },
    async activate(id) {
      const found = it.active(id) ?? beginning.get(id);
      if (found) return await found;
      if (ended) throw new AwsError("ServiceUnavailable", "The embedded cloud has stopped.", 503);
      const begun = begin(id).finally(() => beginning.delete(id));
      beginning.set(id, begun);
      return await begun;
    },
    async resume() {
      ended = false;
      const left = notes().get("global", activeKey);
      // A state of which nothing is noted has been kept by a version that started all.
      const those = left ? order.filter((id) => left.includes(id)) : cloud.store.isBlank() ? [] : order;
      const services = await Promise.all(those.map(load));
      // While they start they may call each other.
      for (const [index, id] of those.entries()) active.set(id, services[index]!);
      if (left) for (const id of those) noted.add(id);
      else if (those.length > 0) note(those);
      for (const service of services) await service.start?.(cloud);
    },
    async backwards(act, idle) {
      const done = new Set<ServiceId>();
      const next = () => order.findLast((id) => active.has(id) && !done.has(id));
      do {
        await Promise.allSettled(beginning.values());
        for (let id = next(); id !== undefined; id = next()) {
          done.add(id);
          await act(active.get(id)!);
          await Promise.allSettled(beginning.values());
        }
        await idle();
      } while (beginning.size > 0 || next() !== undefined);
      ended = true;
    },
    forget() {
      active.clear();
      noted.clear();
      write([]);
    },
  };
  return it;
}

const activeKey = "active services";
