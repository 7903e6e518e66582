/** What a load balancer counts between two minutes, by CloudWatch's names. */
import type { RequestRecord } from "../../runtime/load-balancer/traffic.ts";

/** For the whole load balancer, or for one of its target groups. */
export class Counts {
  readonly sums = new Map<string, number>();
  readonly responseSeconds: Map<number, number> = new Map();

  add(name: string, value = 1): void {
    this.sums.set(name, (this.sums.get(name) ?? 0) + value);
  }

  took(milliseconds: number): void {
    // Two significant digits: CloudWatch takes 150 different values at once.
    const seconds = Number((milliseconds / 1000).toPrecision(2));
    this.responseSeconds.set(seconds, (this.responseSeconds.get(seconds) ?? 0) + 1);
  }
}

export class TrafficCounts {
  whole = new Counts();
  groups = new Map<string, Counts>();

  finished(record: RequestRecord): void {
    const { whole } = this;
    const group = record.targetGroupArn === undefined ? undefined : this.#group(record.targetGroupArn);
    const both = (name: string, value = 1) => {
      whole.add(name, value);
      group?.add(name, value);
    };
    whole.add("ProcessedBytes", record.receivedBytes + record.sentBytes);
    if (record.targetConnectionError) both("TargetConnectionErrorCount");
    if (record.own) {
      const { status } = record;
      const [action] = record.actions.slice(-1);
      if (action === "redirect" && record.redirectUrl !== undefined) {
        whole.add("HTTP_Redirect_Count");
        whole.add("HTTPCode_ELB_3XX_Count");
      } else if (action === "fixed-response") whole.add("HTTP_Fixed_Response_Count");
      if (status >= 400 && status < 500 && status !== 460) whole.add("HTTPCode_ELB_4XX_Count");
      if (status >= 500) {
        whole.add("HTTPCode_ELB_5XX_Count");
        if ([500, 502, 503, 504].includes(status)) whole.add(`HTTPCode_ELB_${status}_Count`);
      }
      // AWS counts the requests for which it could choose a target.
      if (record.target) both("RequestCount");
    } else {
      both("RequestCount");
      both(`HTTPCode_Target_${Math.floor(record.targetStatus! / 100)}XX_Count`);
      const took = record.answeredMs! - record.sentMs!;
      whole.took(took);
      group?.took(took);
    }
  }

  connected(): void {
    this.whole.add("NewConnectionCount");
  }

  tlsFailed(): void {
    this.whole.add("ClientTLSNegotiationErrorCount");
  }

  /** What there is, and begins anew. */
  take(): { whole: Counts; groups: Map<string, Counts> } {
    const { whole, groups } = this;
    this.whole = new Counts();
    this.groups = new Map();
    return { whole, groups };
  }

  #group(arn: string): Counts {
    let found = this.groups.get(arn);
    if (!found) this.groups.set(arn, (found = new Counts()));
    return found;
  }
}
