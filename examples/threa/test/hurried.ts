/** The embedded cloud of an example in the test's own process, with a clock that can be set forward: minutes of waiting take none. */
import { join } from "node:path";
import {
  DescribeTargetGroupsCommand,
  ElasticLoadBalancingV2Client,
  ModifyTargetGroupCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { startCloud } from "../../../packages/cloud/src/process.ts";
import { type HurriedWorld, hurriedWorld } from "../../../packages/cloud/test/hurried-world.ts";
import type { Deployed } from "./deployed.ts";

export interface HurriedCloud extends AsyncDisposable {
  endpoint: string;
  nowMs(): number;
  /** So much time passes, and what falls due in it happens; in steps of ten seconds, which the rounds of alarms need, or in longer ones. */
  pass(milliseconds: number, stepMs?: number): Promise<void>;
  /** From now on each second of processor time that a program takes counts for so many. */
  slow(times: number): void;
}

/** Where the `plinth` command of this app finds it. */
export async function startHurriedCloud({ folder }: Deployed): Promise<HurriedCloud> {
  let world: HurriedWorld;
  const running = await startCloud({
    state: join(folder, ".plinth/cloud"),
    port: undefined,
    accountReset: false,
    outlivesPowerCut: false,
    world: (state) => (world = hurriedWorld(state)),
  });
  return {
    endpoint: running.description.endpoint,
    nowMs: () => world!.clock.nowMs(),
    slow: (times) => world!.slow(times),
    async pass(milliseconds, stepMs = 10_000) {
      for (let left = milliseconds; left > 0; left -= stepMs) {
        world!.clock.skip(Math.min(left, stepMs));
        await new Promise((done) => setTimeout(done, 10));
      }
    },
    [Symbol.asyncDispose]: () => running.stop(),
  };
}

/**
 * A minute passes here in less time than a program may take to be given the processor: load balancers wait for an answer to their health checks for
 * several.
 */
export const patience = { HealthCheckIntervalSeconds: 300, HealthCheckTimeoutSeconds: 120, HealthyThresholdCount: 2 } as const;

export async function makePatient(settings: ConstructorParameters<typeof ElasticLoadBalancingV2Client>[0]): Promise<void> {
  const targets = new ElasticLoadBalancingV2Client(settings!);
  for (const { TargetGroupArn } of (await targets.send(new DescribeTargetGroupsCommand({}))).TargetGroups!)
    await targets.send(new ModifyTargetGroupCommand({ TargetGroupArn, ...patience }));
}
