/**
 * Which services of a cloud are active. A service is loaded and started when something first asks for it, and from then on with each start of
 * the cloud, as long as its state is kept: what it left under way there goes on. What nobody uses costs neither time nor memory.
 */
import type { ServiceId } from "./aws.ts";
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
  /** Does this with all that are active, the last of the table first, also with those that become so meanwhile. */
  backwards(act: (service: Service) => Promise<void>): Promise<void>;
  /** After a reset has emptied the store: none is active. */
  forget(): void;
}

export function activation(cloud: Cloud, table: ServiceTable): Activation {
  const order = Object.keys(table) as ServiceId[];
  const active = new Map<ServiceId, Service>();
  const beginning = new Map<ServiceId, Promise<Service>>();
  const noted = new Set<ServiceId>();

  const load = (id: ServiceId) => table[id]!.load() as Promise<Service>;
  const notes = () => cloud.store.collection<ServiceId[]>("cloud");

  /** On disk before anything of the service is, so that no start passes over what it left. */
  function note(id: ServiceId): void {
    try {
      notes().put(
        "global",
        activeKey,
        order.filter((each) => each === id || noted.has(each)),
      );
      noted.add(id);
    } catch (error) {
      // What can only be read is served on a full disk, too; it is noted when there is room, and so is what the service writes.
      if (!isDiskFull(error)) throw error;
    }
  }

  async function begin(id: ServiceId): Promise<Service> {
    const [service] = await Promise.all([load(id), ...(table[id]!.needs ?? []).map((each) => it.activate(each))]);
    note(id);
    await service.start?.(cloud);
    active.set(id, service);
    return service;
  }

  const it: Activation = {
    active(id) {
      const service = active.get(id);
      if (service && !noted.has(id)) note(id);
      return service;
    },
    async activate(id) {
      const found = it.active(id) ?? beginning.get(id);
      if (found) return await found;
      const begun = begin(id).finally(() => beginning.delete(id));
      beginning.set(id, begun);
      return await begun;
    },
    async resume() {
      // A state of which it is not noted has been kept by a version that started all.
      const left = notes().get("global", activeKey) ?? (cloud.store.isBlank() ? [] : order);
      const those = order.filter((id) => left.includes(id));
      const services = await Promise.all(those.map(load));
      // While they start they may call each other.
      for (const [index, id] of those.entries()) active.set(id, services[index]!);
      for (const id of those) noted.add(id);
      for (const service of services) await service.start?.(cloud);
    },
    async backwards(act) {
      const done = new Set<ServiceId>();
      for (;;) {
        await Promise.allSettled(beginning.values());
        const next = order.findLast((id) => active.has(id) && !done.has(id));
        if (next === undefined) return;
        done.add(next);
        await act(active.get(next)!);
      }
    },
    forget() {
      active.clear();
      noted.clear();
      notes().put("global", activeKey, []);
    },
  };
  return it;
}

const activeKey = "active services";
