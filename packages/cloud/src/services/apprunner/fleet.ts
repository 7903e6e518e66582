/** A service as it runs in this life of the cloud: its front, the version that serves, those that leave, and the operation under way. */
import type { Cloud } from "../../cloud.ts";
import type { Answer } from "../../runtime/load-balancer/answers.ts";
import { headerOf } from "../../runtime/load-balancer/http-head.ts";
import { type RandomSource, randomSource } from "../../runtime/load-balancer/random-source.ts";
import type { ClientRequest } from "../../runtime/load-balancer/request.ts";
import { defaultScaling, scalingOf } from "./auto-scaling.ts";
import { DeploymentFailure } from "./deployment-failure.ts";
import { type Front, openFront } from "./front.ts";
import { envoyAnswer } from "./manner.ts";
import type { Scope } from "./names.ts";
import { bounded, scaling, type Sizes } from "./scaling.ts";
import { findService, type ServiceConfiguration, type ServiceRecord } from "./service.ts";
import { TrafficCounts } from "./traffic-counts.ts";
import { startVersion, type Version } from "./version.ts";

export interface Fleet {
  readonly scope: Scope;
  readonly arn: string;
  readonly serving: Version | undefined;
  /** As many instances of it as the service needs now, beside the one that serves. */
  begin(service: ServiceRecord, configuration: ServiceConfiguration, image: string, options?: { perseveres: boolean }): Version;
  /** Gives it the requests; the one before is let go. None: the service answers no more. Resolves when the requests go there. */
  serve(version: Version | undefined): Promise<void>;
  /** Resolves when none is left of those that were let go. */
  settled(): Promise<void>;
  /** Ends every version, whatever is under way on it. */
  end(limitMs: number): Promise<void>;
  renewFront(): Promise<void>;
  /** What was counted since the last call. */
  takeCounts(): TrafficCounts;
  /** One after another. */
  queue(work: () => Promise<void>): void;
  /** Ends all of it at once, and the front. */
  stop(limitMs: number): Promise<void>;
}

const lookMs = 1_000;

const key = Symbol("apprunner fleets");
const random = Symbol("apprunner random");
const fleets = (cloud: Cloud): Map<string, Fleet> => cloud.memory(key, () => new Map());
const randomOf = (cloud: Cloud): RandomSource => cloud.memory(random, () => randomSource(cloud.world.random));

export const allFleets = (cloud: Cloud): Fleet[] => [...fleets(cloud).values()];

/** The one of this service, made at first use. */
export function fleetOf(scope: Scope, arn: string): Fleet {
  const all = fleets(scope.cloud);
  let found = all.get(arn);
  if (!found) all.set(arn, (found = makeFleet(scope, arn)));
  return found;
}

export const forgetFleet = ({ cloud }: Scope, arn: string): void => void fleets(cloud).delete(arn);

function makeFleet(scope: Scope, arn: string): Fleet {
  const { cloud } = scope;
  const { clock } = cloud.world;
  const versions = new Map<string, Version>();
  const leaving = new Set<Promise<void>>();
  const sizing = scaling();
  let front: Promise<Front> | undefined;
  let serving: Version | undefined;
  let counts = new TrafficCounts();
  let work: Promise<void> = Promise.resolve();
  let peak = 0;
  let number = 0;
  let stopped = false;

  const underWay = (version: Version) => version.group.targets().reduce((sum, { outstanding }) => sum + outstanding, 0);
  let sizes: Sizes = defaultScaling;
  const readSizes = () => (sizes = scalingOf(scope, findService(scope, arn)?.configuration.autoScalingArn ?? ""));

  /** App Runner takes no WebSockets; and when all instances that there may be are full, it takes no more. */
  const admit = ({ headers }: ClientRequest): Answer | undefined => {
    if (headerOf(headers, "upgrade") !== undefined) return envoyAnswer(403);
    if (!serving) return envoyAnswer(404);
    const count = underWay(serving) + 1;
    peak = Math.max(peak, count);
    counts.under(count);
    if (count > sizes.maxConcurrency * sizes.maxSize) return envoyAnswer(429);
    return undefined;
  };
  const openedFront = (record: ServiceRecord) =>
    (front ??= openFront(scope, record, {
      random: randomOf(cloud),
      groupOf: (version) => versions.get(version)?.group,
      admit,
      finished: (record) => counts.finished(record),
      isWell: () => serving?.group.targets().some(({ health }) => health.state === "healthy") ?? false,
      record: () => findService(scope, arn),
    }));

  const look = () => {
    cancelLook = clock.after(lookMs, look);
    if (!serving) return;
    const now = underWay(serving);
    const size = sizing.sizeFor(Math.max(peak, now), clock.nowMs(), readSizes());
    peak = now;
    if (size !== serving.wanted) serving.resize(size);
  };
  let cancelLook = clock.after(lookMs, look);

  const letGo = (version: Version) => {
    const gone = version.retire().finally(() => {
      versions.delete(version.key);
      leaving.delete(gone);
    });
    leaving.add(gone);
    gone.catch((error: unknown) => console.error(`apprunner: a version of ${arn} was not cleared away whole:`, error));
  };

  const end = async (limitMs: number) => {
    await Promise.all([...versions.values()].map((version) => version.stop(limitMs)));
  };

  return {
    scope,
    arn,
    get serving() {
      return serving;
    },
    begin(service, configuration, image, { perseveres } = { perseveres: false }) {
      if (stopped) throw new DeploymentFailure("The service is being stopped.");
      const version = startVersion(
        scope,
        { service, configuration, image },
        {
          key: `${arn}#${++number}`,
          count: bounded(serving?.wanted ?? 0, scalingOf(scope, configuration.autoScalingArn)),
          random: randomOf(cloud),
          perseveres,
        },
      );
      versions.set(version.key, version);
      return version;
    },
    async serve(version) {
      const record = findService(scope, arn);
      if (!record || stopped) return;
      readSizes();
      const opened = await openedFront(record);
      await opened.route(version);
      const before = serving;
      serving = version;
      if (before) letGo(before);
    },
    async settled() {
      while (leaving.size > 0) await Promise.all(leaving);
    },
    end,
    async renewFront() {
      if (front) await (await front).renew();
    },
    takeCounts() {
      const taken = counts;
      counts = new TrafficCounts();
      return taken;
    },
    queue(next) {
      const before = work;
      const turn = async () => {
        await before;
        try {
          if (!stopped) await next();
        } catch (error) {
          if (!cloud.stopping.aborted) console.error(`apprunner: work on ${arn} failed:`, error);
        }
      };
      work = turn();
    },
    async stop(limitMs) {
      stopped = true;
      cancelLook();
      await (await front)?.stop();
      await end(limitMs);
      await work;
      await end(limitMs);
    },
  };
}
