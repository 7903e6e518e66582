/** What a service counts between two minutes, by CloudWatch's names. */
import type { RequestRecord } from "../../runtime/load-balancer/traffic.ts";

export class TrafficCounts {
  readonly sums = new Map<string, number>();
  readonly latenciesMs: Map<number, number> = new Map();
  readonly activeInstances = new Set<string>();
  /** The most requests at once. */
  concurrency = 0;

  finished({ status, startedMs, finishedMs, target, actions }: RequestRecord): void {
    if (actions.includes("redirect")) return; // a request that is sent to HTTPS comes again
    this.#add("Requests");
    const hundreds = Math.floor(status / 100);
    if ([2, 4, 5].includes(hundreds)) this.#add(`${hundreds}xxStatusResponses`);
    // Two significant digits: CloudWatch takes 150 different values at once.
    const ms = Number((finishedMs - startedMs).toPrecision(2));
    this.latenciesMs.set(ms, (this.latenciesMs.get(ms) ?? 0) + 1);
    if (target) this.activeInstances.add(`${target.id}:${target.port}`);
  }

  under(count: number): void {
    this.concurrency = Math.max(this.concurrency, count);
  }

  #add(name: string): void {
    this.sums.set(name, (this.sums.get(name) ?? 0) + 1);
  }
}
