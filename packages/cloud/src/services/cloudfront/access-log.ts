/** Standard logs: a line for each request in AWS's format, gzipped into S3 every five minutes. Source: CloudFront Developer Guide, "Standard logging reference". */
import { gzipSync } from "node:zlib";
import type { Cloud } from "../../cloud.ts";
import { servicePrincipal } from "../../identity/principal.ts";
import type { RequestRecord } from "../../runtime/edge/place.ts";
import { headerOf } from "../../runtime/edge/request.ts";
import { distributions, type DistributionRecord, everywhere } from "./records.ts";

const periodMs = 5 * 60_000;
const heading =
  "#Version: 1.0\n#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) " +
  "x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type " +
  "cs-protocol-version fle-status fle-encrypted-fields c-port time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len sc-range-start sc-range-end\n";

/** Lines of one distribution since they were last written. */
export class AccessLog {
  readonly #cloud: Cloud;
  readonly #id: string;
  #lines: string[] = [];
  #cancel: (() => void) | undefined;

  constructor(cloud: Cloud, id: string) {
    this.#cloud = cloud;
    this.#id = id;
  }

  write(record: RequestRecord): void {
    const found = distributions(this.#cloud).view(everywhere, this.#id);
    if (found?.config.Logging?.Enabled !== true) return;
    this.#lines.push(logLine(found as DistributionRecord, record));
    this.#cancel ??= this.#cloud.world.clock.after(periodMs, () => this.#cloud.inBackground("cloudfront: an access log", this.flush()));
  }

  /** Nothing is written any more. */
  close(): void {
    this.#cancel?.();
    this.#lines = [];
  }

  async flush(): Promise<void> {
    this.#cancel?.();
    this.#cancel = undefined;
    const lines = this.#lines;
    this.#lines = [];
    const { Bucket = "", Prefix = "" } = distributions(this.#cloud).get(everywhere, this.#id)?.config.Logging ?? {};
    if (Bucket === "" || lines.length === 0) return;
    const { account, world } = this.#cloud;
    const hour = new Date(world.clock.nowMs()).toISOString().slice(0, 13).replace("T", "-");
    const folder = Prefix === "" || Prefix.endsWith("/") ? Prefix : `${Prefix}/`;
    try {
      await this.#cloud.as(servicePrincipal(account, "delivery.logs.amazonaws.com"), "us-east-1")("s3", "PutObject", {
        Bucket: Bucket.replace(/\.s3(?:[.-][a-z0-9-]+)*\.(?:amazonaws\.com|localhost)$/, ""),
        Key: `${folder}${this.#id}.${hour}.${world.random.hex(8)}.gz`,
        Body: gzipSync(`${heading}${lines.join("\n")}\n`) as never,
        ContentType: "application/x-gzip",
      });
    } catch (error) {
      console.error(`cloudfront: the access log of ${this.#id} was not written:`, error instanceof Error ? error.message : error);
    }
  }
}

const orDash = (value: string | undefined) => (value === undefined || value === "" ? "-" : encodeURI(value));

/** Fields in AWS's order, parted by tabs. */
export function logLine({ domainName, config }: Pick<DistributionRecord, "domainName" | "config">, record: RequestRecord): string {
  const { request, resultType, requestId, status } = record;
  const [date, time] = new Date(record.finishedMs).toISOString().slice(0, 19).split("T");
  const header = (name: string) => orDash(headerOf(request.headers, name));
  const seconds = ((record.finishedMs - record.startedMs) / 1000).toFixed(3);
  return [
    date,
    time,
    "LOO50-P1",
    String(record.sentBytes),
    request.client.address,
    request.method,
    domainName,
    request.path,
    String(status),
    header("referer"),
    header("user-agent"),
    orDash(request.query),
    config.Logging?.IncludeCookies === true ? header("cookie") : "-",
    resultType,
    requestId,
    request.host,
    request.protocol,
    String(record.receivedBytes),
    seconds,
    header("x-forwarded-for"),
    "-",
    "-",
    resultType,
    `HTTP/${request.httpVersion}`,
    "-",
    "-",
    String(request.client.port),
    seconds,
    resultType,
    orDash(record.contentType),
    record.contentLength === undefined ? "-" : String(record.contentLength),
    "-",
    "-",
  ].join("\t");
}
