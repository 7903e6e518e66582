/** What a distribution counts between two minutes, by CloudWatch's names. */
import type { RequestRecord } from "../../runtime/edge/place.ts";

export class TrafficCounts {
  #sums = { requests: 0, downloaded: 0, uploaded: 0, clientErrors: 0, serverErrors: 0 };

  finished({ status, sentBytes, receivedBytes }: RequestRecord): void {
    this.#sums.requests++;
    this.#sums.downloaded += sentBytes;
    this.#sums.uploaded += receivedBytes;
    if (status >= 500) this.#sums.serverErrors++;
    else if (status >= 400) this.#sums.clientErrors++;
  }

  /** What there is, and begins anew. */
  take(): { requests: number; downloaded: number; uploaded: number; clientErrors: number; serverErrors: number } {
    const taken = this.#sums;
    this.#sums = { requests: 0, downloaded: 0, uploaded: 0, clientErrors: 0, serverErrors: 0 };
    return taken;
  }
}
