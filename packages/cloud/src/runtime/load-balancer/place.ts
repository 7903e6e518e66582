/** Where an exchange takes place: the listener with its rules, and what its load balancer keeps for all of them. */
import type { Clock } from "../../world.ts";
import type { Firewall } from "../firewall/firewall.ts";
import type { RandomSource } from "./random-source.ts";
import type { Answer, Manner } from "./answers.ts";
import type { ClientRequest } from "./request.ts";
import type { CompiledRule } from "./rules.ts";
import type { ListenerSpec, LoadBalancerSettings } from "./specification.ts";
import type { TargetGroup } from "./target-group.ts";
import type { Traffic } from "./traffic.ts";
import type { UpstreamPool } from "./upstream.ts";

/** What all exchanges of a listener share. Read anew at each request: rules may have changed. */
export interface Place {
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly secret: Buffer;
  readonly settings: LoadBalancerSettings;
  readonly listener: ListenerSpec;
  readonly rules: readonly CompiledRule[];
  readonly pool: UpstreamPool;
  readonly traffic: Traffic;
  readonly manner: Manner;
  /** The answer to a request that is not forwarded, though a rule would; `undefined` lets it in. */
  readonly admit: ((request: ClientRequest) => Answer | undefined) | undefined;
  groupOf(arn: string): TargetGroup | undefined;
  firewall(): Firewall | undefined;
  shownPort(port: number): number;
}
