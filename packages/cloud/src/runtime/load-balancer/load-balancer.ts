/** A load balancer as it runs: its listeners on real ports, brought to what its specification says whenever that changes. */
import { createServer, type Server } from "node:net";
import type { Clock } from "../../world.ts";
import type { Firewall } from "../firewall/firewall.ts";
import { type Answer, balancerManner, type Manner } from "./answers.ts";
import type { Place } from "./place.ts";
import { type Listener, startListener } from "./listener.ts";
import type { RandomSource } from "./random-source.ts";
import type { ClientRequest } from "./request.ts";
import { compileRules } from "./rules.ts";
import type { ListenerSpec, LoadBalancerSpec } from "./specification.ts";
import type { TargetGroup } from "./target-group.ts";
import type { Traffic } from "./traffic.ts";
import { upstreamPool } from "./upstream.ts";

export interface LoadBalancerOptions {
  clock: Clock;
  random: RandomSource;
  /** Signs sticky cookies; the same after a restart. */
  secret: Buffer;
  groupOf(arn: string): TargetGroup | undefined;
  firewall(): Firewall | undefined;
  traffic: Traffic;
  /** How it speaks. Default: as an Application Load Balancer. */
  manner?: Manner;
  /** Asked before each request is forwarded; what it answers is the answer. Default: all are let in. */
  admit?: (request: ClientRequest) => Answer | undefined;
  /** A port that stands for those below 1024 where the system keeps them back: plain and TLS are told apart by their first byte. */
  entryPort: number | undefined;
}

export interface LoadBalancer {
  update(spec: LoadBalancerSpec): Promise<void>;
  readonly connections: number;
  /** Nothing listens any more; what was under way is cut off. */
  stop(): Promise<void>;
}

const sweepMs = 1_000;
const tlsHandshake = 0x16;

interface Running {
  place: Place;
  listener: Listener;
}

export function loadBalancer(
  { clock, random, secret, groupOf, firewall, traffic, manner = balancerManner, admit, entryPort }: LoadBalancerOptions,
  first: LoadBalancerSpec,
): LoadBalancer {
  let spec = first;
  const running = new Map<string, Running>();
  const pool = upstreamPool(clock);
  let entry: Server | undefined;
  let cancelSweep = () => {};
  let stopped = false;
  let last: Promise<unknown> = Promise.resolve();

  const shownPort = (port: number) => {
    const listener = spec.listeners.find((each) => each.port === port);
    if (!listener || listener.boundPort === port) return port;
    return entryPort ?? listener.boundPort;
  };
  const placeOf = (listener: ListenerSpec): Place => ({
    clock,
    random,
    secret,
    settings: spec.settings,
    listener,
    rules: compileRules(listener.rules),
    pool,
    traffic,
    manner,
    admit,
    groupOf,
    firewall,
    shownPort,
  });

  const apply = async (next: LoadBalancerSpec) => {
    spec = next;
    for (const [arn, { listener, place }] of running) {
      const wanted = next.listeners.find((each) => each.arn === arn);
      const same = wanted && wanted.boundPort === place.listener.boundPort && wanted.protocol === place.listener.protocol;
      if (same) continue;
      running.delete(arn);
      const ended = listener.stop();
      // The port is free for another at once; whoever is still served keeps its connection.
      listener.destroy();
      await ended;
    }
    for (const listener of next.listeners) {
      const held = running.get(listener.arn);
      if (held) {
        const certificates = JSON.stringify(held.place.listener.certificates) !== JSON.stringify(listener.certificates);
        const policy = held.place.listener.minimumTls !== listener.minimumTls || held.place.listener.maximumTls !== listener.maximumTls;
        const http2 = held.place.settings.http2 !== next.settings.http2;
        held.place = placeOf(listener);
        if (certificates || policy || http2) held.listener.renew(listener, next.settings.http2);
        continue;
      }
      const fresh = { place: placeOf(listener) } as Running;
      fresh.listener = await startListener(next.address, listener, next.settings.http2, () => fresh.place);
      running.set(listener.arn, fresh);
    }
    if (entryPort !== undefined && !entry && next.listeners.length > 0) entry = await startEntry(next.address, entryPort);
  };

  /** Of several listeners of a protocol the one with the customary port, else the lowest. */
  const startEntry = (address: string, port: number) =>
    new Promise<Server>((done, fail) => {
      const server = createServer({ noDelay: true }, (socket) => {
        socket.on("error", () => {});
        socket.once("data", (bytes) => {
          socket.pause();
          const protocol = bytes[0] === tlsHandshake ? "HTTPS" : "HTTP";
          const found = [...running.values()]
            .filter(({ place }) => place.listener.protocol === protocol)
            .sort((a, b) => a.place.listener.port - b.place.listener.port)[0];
          if (!found) return void socket.destroy();
          socket.unshift(bytes);
          found.listener.accept(socket);
          if (protocol === "HTTP") socket.resume();
        });
      });
      server.once("error", fail);
      server.once("listening", () => done(server));
      server.listen({ host: address, port, exclusive: true });
    });

  const sweep = () => {
    const nowMs = clock.nowMs();
    for (const { listener } of running.values()) listener.sweep(nowMs);
    pool.sweep(nowMs - spec.settings.idleTimeoutMs);
    cancelSweep = clock.after(sweepMs, sweep);
  };
  cancelSweep = clock.after(sweepMs, sweep);

  return {
    update(next) {
      const before = last;
      const applied = (async () => {
        await before;
        if (!stopped) await apply(next);
      })();
      last = applied.catch(() => {});
      return applied;
    },
    get connections() {
      return [...running.values()].reduce((sum, { listener }) => sum + listener.connections, 0);
    },
    async stop() {
      stopped = true;
      cancelSweep();
      await last;
      const ended = [...running.values()].map(({ listener }) => {
        const stopping = listener.stop();
        listener.destroy();
        return stopping;
      });
      if (entry) {
        const closing = entry;
        ended.push(new Promise<void>((done) => void closing.close(() => done())));
      }
      pool.close();
      await Promise.all(ended);
      running.clear();
    },
  };
}
