/** Access logs: a line for each request in AWS's format, gzipped into S3 every five minutes. */
import { gzipSync } from "node:zlib";
import { AwsError } from "../../aws-error.ts";
import { servicePrincipal } from "../../identity/principal.ts";
import type { RequestRecord } from "../../runtime/load-balancer/traffic.ts";
import { attributeOf, loadBalancerAttributes } from "./attributes.ts";
import { invalidConfiguration } from "./errors.ts";
import { type LoadBalancerRecord, loadBalancers, type Scope } from "./records.ts";

const periodMs = 5 * 60_000;
const refreshMs = 1_000;

const asLogDelivery = ({ cloud, account, region }: Scope) =>
  cloud.as(servicePrincipal(account, "logdelivery.elasticloadbalancing.amazonaws.com"), region);

function destination({ attributes }: Pick<LoadBalancerRecord, "attributes">): { bucket: string; prefix: string } | undefined {
  const get = (key: string) => attributeOf(loadBalancerAttributes, attributes, `access_logs.s3.${key}`);
  return get("enabled") === "true" ? { bucket: get("bucket"), prefix: get("prefix") } : undefined;
}

const withPrefix = (prefix: string, key: string) => (prefix === "" ? key : `${prefix}/${key}`);

/** As AWS does when logs are turned on: a test file tells whether the bucket can be written. */
export async function checkDestination(scope: Scope, record: Pick<LoadBalancerRecord, "attributes">): Promise<void> {
  const to = destination(record);
  if (!to) return;
  if (to.bucket === "") throw invalidConfiguration("The value of 'access_logs.s3.bucket' cannot be empty when access logs are enabled");
  if (/(?:^|\/)AWSLogs(?:\/|$)/.test(to.prefix)) throw invalidConfiguration("The prefix cannot include 'AWSLogs'");
  try {
    await asLogDelivery(scope)("s3", "PutObject", {
      Bucket: to.bucket,
      Key: withPrefix(to.prefix, `AWSLogs/${scope.account}/ELBAccessLogTestFile`),
      Body: Buffer.from(`Enable AccessLog for ELB at ${new Date(scope.cloud.world.clock.nowMs()).toISOString()}`) as never,
    });
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    if (error.code === "NoSuchBucket") throw invalidConfiguration(`S3 bucket '${to.bucket}' not found`);
    throw invalidConfiguration(`Access Denied for bucket: ${to.bucket}. Please check S3bucket permission`);
  }
}

/** Lines of one load balancer since they were last written. */
export class AccessLog {
  readonly #scope: Scope;
  readonly #arn: string;
  #lines: string[] = [];
  #cancel: (() => void) | undefined;
  #enabled = false;
  #readMs = Number.NEGATIVE_INFINITY;

  constructor(scope: Scope, loadBalancerArn: string) {
    this.#scope = scope;
    this.#arn = loadBalancerArn;
  }

  /** Read from the records again now and then: at each request it would cost more than the request. */
  get enabled(): boolean {
    const nowMs = this.#scope.cloud.world.clock.nowMs();
    if (nowMs - this.#readMs >= refreshMs) {
      this.#readMs = nowMs;
      const record = loadBalancers(this.#scope.cloud).get(this.#scope.region, this.#arn);
      this.#enabled = record !== undefined && destination(record) !== undefined;
    }
    return this.#enabled;
  }

  write(record: RequestRecord): void {
    this.#lines.push(logLine(this.#arn, record));
    const { cloud } = this.#scope;
    this.#cancel ??= cloud.world.clock.after(periodMs, () => cloud.inBackground("elbv2: an access log", this.flush()));
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
    const { cloud, account, region } = this.#scope;
    const record = loadBalancers(cloud).get(region, this.#arn);
    const to = record && destination(record);
    if (!to || lines.length === 0) return;
    const end = new Date(cloud.world.clock.nowMs());
    const [day, time] = [end.toISOString().slice(0, 10), end.toISOString().slice(11, 16).replace(":", "")];
    const name = this.#arn.slice(this.#arn.indexOf("app/")).replaceAll("/", ".");
    const key = `AWSLogs/${account}/elasticloadbalancing/${region}/${day.replaceAll("-", "/")}/${account}_elasticloadbalancing_${region}_${name}_${day.replaceAll("-", "")}T${time}Z_${record.address}_${cloud.world.random.text(8, "abcdefghijklmnopqrstuvwxyz0123456789")}.log.gz`;
    try {
      await asLogDelivery(this.#scope)("s3", "PutObject", {
        Bucket: to.bucket,
        Key: withPrefix(to.prefix, key),
        Body: gzipSync(`${lines.join("\n")}\n`) as never,
        ContentType: "application/octet-stream",
      });
    } catch (error) {
      console.error(`elbv2: the access log of ${name} was not written:`, error instanceof Error ? error.message : error);
    }
  }
}

const orDash = (value: string | undefined) => (value === undefined || value === "" ? "-" : value);
/** As AWS writes what a client sent: nothing that ends a field or a line. */
const quoted = (value: string | undefined) => `"${orDash(value).replaceAll(unwritable, escaped)}"`;
// oxlint-disable-next-line no-control-regex
const unwritable = /["\\\u0000-\u001f\u007f-\uffff]/g;
const escaped = (found: string) => `\\x${found.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
const seconds = (from: number | undefined, to: number | undefined) =>
  from === undefined || to === undefined ? "-1" : ((to - from) / 1000).toFixed(3);

/** The fields in AWS's order ("Access logs for your Application Load Balancer"). */
export function logLine(loadBalancerArn: string, record: RequestRecord): string {
  const { request, target, upgraded } = record;
  const secure = request.tls !== undefined;
  const type = upgraded ? (secure ? "wss" : "ws") : request.version === "HTTP/2.0" ? "h2" : secure ? "https" : "http";
  const place = target ? `${target.id}:${target.port}` : "-";
  const uri = request.query === "" ? request.path : `${request.path}?${request.query}`;
  const [name, port] = [request.host.replace(/:\d+$/, ""), /:(\d+)$/.exec(request.host)?.[1] ?? (secure ? "443" : "80")];
  const header = (wanted: string) => request.headers.find(([each]) => each.toLowerCase() === wanted)?.[1];
  const answered = record.answeredMs !== undefined;
  return [
    type,
    new Date(record.finishedMs).toISOString().replace("Z", "000Z"),
    loadBalancerArn.slice(loadBalancerArn.indexOf("app/")),
    `${request.client.address}:${request.client.port}`,
    place,
    seconds(record.startedMs, record.sentMs),
    answered ? seconds(record.sentMs, record.answeredMs) : "-1",
    answered ? seconds(record.answeredMs, record.finishedMs) : "-1",
    String(record.status),
    record.targetStatus === undefined ? "-" : String(record.targetStatus),
    String(record.receivedBytes),
    String(record.sentBytes),
    quoted(`${request.method} ${secure ? "https" : "http"}://${name}:${port}${uri} ${request.version}`),
    quoted(header("user-agent")),
    orDash(request.tls?.cipher),
    orDash(request.tls?.version),
    orDash(record.targetGroupArn),
    quoted(record.traceId),
    quoted(request.tls?.serverName),
    quoted(request.tls?.certificateArn),
    record.rulePriority === undefined ? "-" : record.rulePriority === "default" ? "0" : String(record.rulePriority),
    new Date(record.startedMs).toISOString().replace("Z", "000Z"),
    quoted(record.actions.join(",")),
    quoted(record.redirectUrl),
    quoted(record.errorReason),
    quoted(target ? place : undefined),
    quoted(record.targetStatus === undefined ? undefined : String(record.targetStatus)),
    '"-"',
    '"-"',
    "TID_" + record.traceId.slice(-24),
  ].join(" ");
}
