/** One version of a service as it runs: as many instances as are wanted, watched, replaced when they fall, let go when their requests are over. */
import { startTargetGroup, type Target, type TargetGroup } from "../../runtime/load-balancer/target-group.ts";
import type { TargetGroupSpec } from "../../runtime/load-balancer/specification.ts";
import type { RandomSource } from "../../runtime/load-balancer/random-source.ts";
import { DeploymentFailure } from "./deployment-failure.ts";
import { type Instance, type InstanceRequest, startInstance } from "./instance.ts";
import type { Scope } from "./names.ts";
import { note } from "./service-log.ts";

export interface Version extends InstanceRequest {
  /** Names it to the front. */
  readonly key: string;
  readonly group: TargetGroup;
  readonly wanted: number;
  resize(count: number): void;
  /** Resolves when as many as are wanted are healthy. Throws DeploymentFailure as soon as one is not, or ends. */
  cameUp(): Promise<void>;
  running(): Instance[];
  /** Gives it no more requests; resolves when those under way are over and its instances have ended. */
  retire(): Promise<void>;
  /** Ends it, whatever is under way. */
  stop(limitMs: number): Promise<void>;
}

/** How long a program may take until it listens. AWS gives up after ten to twenty minutes; a laptop says it sooner. */
export const startupMs = 180_000;
/** The longest that a request may take, and so what is waited for. Source: Developer Guide, "Developing application code". */
export const requestTimeoutMs = 120_000;
const firstBackoffMs = 1_000;
const longestBackoffMs = 60_000;

export interface VersionOptions {
  key: string;
  count: number;
  random: RandomSource;
  /** It served before: what falls is replaced from the beginning. Default: it is new, and comes up whole or not at all. */
  perseveres?: boolean;
}

interface Member {
  instance: Instance;
  leaving?: number;
  wasHealthy: boolean;
  cancelPatience: () => void;
}

export function startVersion(scope: Scope, request: InstanceRequest, { key, count, random, perseveres = false }: VersionOptions): Version {
  const { cloud } = scope;
  const { clock } = cloud.world;
  const { service, configuration } = request;
  const { health } = configuration;
  const members = new Map<string, Member>();
  const starting = new Set<Promise<void>>();
  let wanted = count;
  let isNew = !perseveres;
  let isOver = false;
  let falls = 0;
  let cancelRetry = () => {};
  let settle: { done(): void; fail(error: unknown): void };
  const up = new Promise<void>((done, fail) => (settle = { done, fail }));
  up.catch(() => {});

  const keyOf = ({ address, port }: Pick<Instance, "address" | "port">) => `${address}:${port}`;
  const staying = () => [...members.values()].filter(({ leaving }) => leaving === undefined);
  const spec = (): TargetGroupSpec => ({
    arn: key,
    protocol: "HTTP",
    healthCheck: {
      enabled: true,
      protocol: health.Protocol!,
      port: undefined,
      path: health.Path!,
      intervalMs: health.Interval! * 1000,
      timeoutMs: health.Timeout! * 1000,
      healthyThreshold: health.HealthyThreshold!,
      firstThreshold: health.HealthyThreshold!,
      unhealthyThreshold: health.UnhealthyThreshold!,
      matcher: "200",
    },
    algorithm: "least_outstanding_requests",
    slowStartMs: 0,
    deregistrationDelayMs: requestTimeoutMs,
    stickiness: undefined,
    targets: [...members.values()].map(({ instance, leaving }) => ({
      id: instance.address,
      port: instance.port,
      registeredMs: instance.startedMs,
      ...(leaving !== undefined && { drainingSinceMs: leaving }),
    })),
    minimumHealthyCount: 1,
    minimumHealthyPercent: undefined,
  });
  const group = startTargetGroup({ clock, random, find: ({ id, port }) => ({ host: id, port }) }, spec(), {
    healthChanged: (target) => healthChanged(target),
    drained: (target) => {
      const member = members.get(`${target.id}:${target.port}`);
      if (member) cloud.inBackground("apprunner: letting an instance go", member.instance.stop());
    },
  });
  const updateGroup = () => group.update(spec());

  const healthChanged = ({ id, port, health: now }: Target) => {
    const member = members.get(`${id}:${port}`);
    if (!member || member.leaving !== undefined) return;
    if (now.state === "healthy") {
      member.wasHealthy = true;
      member.cancelPatience();
      falls = 0;
      if (isNew && group.targets().filter(({ health: { state } }) => state === "healthy").length >= wanted) {
        isNew = false;
        settle.done();
      }
      return;
    }
    if (now.state !== "unhealthy") return;
    // A program that does not listen yet is given time; one that answers otherwise than it should is not.
    const left = member.instance.startedMs + startupMs - clock.nowMs();
    if (member.wasHealthy || now.reason === "Target.ResponseCodeMismatch" || left <= 0) return fall(member, unhealthy());
    member.cancelPatience();
    member.cancelPatience = clock.after(left, () => {
      if (!member.wasHealthy && members.has(keyOf(member.instance))) fall(member, unhealthy());
    });
  };
  const unhealthy = () => {
    const { Port = "8080" } = configuration.source.ImageRepository!.ImageConfiguration ?? {};
    const where = health.Protocol === "HTTP" ? `\`HTTP\` [Path: '${health.Path}'], [Port: '${Port}']` : `\`TCP\` [Port: '${Port}']`;
    return new DeploymentFailure(
      `Health check failed on protocol ${where}. Check your configured port number. For more information, read the application logs.`,
    );
  };

  /** An instance is of no more use: others take its requests, and another comes in its stead. */
  const fall = (member: Member, why: DeploymentFailure) => {
    leave([member]);
    trouble(why);
  };
  const trouble = (error: unknown) => {
    if (isOver) return;
    if (isNew) return settle.fail(error);
    const text = error instanceof DeploymentFailure ? error.message : `An instance could not be started: ${String(error)}`;
    cloud.inBackground("apprunner: noting an instance's end", note(scope, service, "events", text));
    cancelRetry();
    cancelRetry = clock.after(Math.min(longestBackoffMs, firstBackoffMs * 2 ** falls++), fill);
  };

  const leave = (going: readonly Member[]) => {
    for (const member of going) {
      member.leaving ??= clock.nowMs();
      member.cancelPatience();
    }
    updateGroup();
  };

  const launch = async () => {
    let instance: Instance;
    try {
      instance = await startInstance(scope, request);
    } catch (error) {
      return trouble(error);
    }
    if (isOver) return await instance.stop(() => 0);
    const member: Member = { instance, wasHealthy: false, cancelPatience: () => {} };
    members.set(keyOf(instance), member);
    updateGroup();
    const ended = async () => {
      const { exitCode, reason } = await instance.exited;
      members.delete(keyOf(instance));
      member.cancelPatience();
      if (member.leaving === undefined) {
        const code = exitCode === undefined ? (reason ?? "") : `Container exit code: ${exitCode}`;
        trouble(new DeploymentFailure(`Your application stopped or failed to start. See logs for more information. ${code}`));
      }
      if (!isOver) updateGroup();
    };
    void ended();
  };
  function fill(): void {
    if (isOver) return;
    for (let missing = wanted - staying().length - starting.size; missing > 0; missing--) {
      const one = launch();
      starting.add(one);
      void one.finally(() => starting.delete(one));
    }
  }
  const end = async (stopped: () => Promise<unknown>) => {
    isOver = true;
    cancelRetry();
    settle.fail(new DeploymentFailure("It was stopped while it came up."));
    await Promise.all(starting);
    await stopped();
    group.stop();
  };

  fill();
  return {
    ...request,
    key,
    group,
    get wanted() {
      return wanted;
    },
    resize(next) {
      wanted = next;
      const busy = new Map(group.targets().map((target) => [`${target.id}:${target.port}`, target.outstanding]));
      const spare = staying()
        .toSorted((a, b) => (busy.get(keyOf(a.instance)) ?? 0) - (busy.get(keyOf(b.instance)) ?? 0))
        .slice(0, Math.max(0, staying().length - wanted));
      if (spare.length > 0) leave(spare);
      fill();
    },
    cameUp: () => up,
    running: () => [...members.values()].map(({ instance }) => instance),
    retire: () =>
      end(async () => {
        const all = [...members.values()];
        leave(all);
        await Promise.all(all.map(({ instance }) => instance.exited));
      }),
    stop: (limitMs) =>
      end(async () => {
        const all = [...members.values()];
        for (const member of all) {
          member.leaving ??= clock.nowMs();
          member.cancelPatience();
        }
        await Promise.all(all.map(({ instance }) => instance.stop(() => limitMs)));
      }),
  };
}
