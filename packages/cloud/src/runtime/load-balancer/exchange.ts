/**
 * One request and its answer, between a client (of either version of HTTP) and what the rules decide: an answer of the load
 * balancer's own, or a target. Bodies pass both ways as they come, each side slowed down by the other.
 */
import type { Firewall } from "../firewall/firewall.ts";
import { type Answer, fixedAnswer, redirectAnswer } from "./answers.ts";
import type { Framing } from "./body-framing.ts";
import { forwardedHead, forwardedHost, traceIdFor } from "./forwarded-head.ts";
import { type Header, headerOf } from "./http-head.ts";
import { redirectLocation } from "./redirect.ts";
import type { ClientRequest } from "./request.ts";
import type { Place } from "./place.ts";
import { ruleFor } from "./rules.ts";
import type { RuleSpec } from "./specification.ts";
import { readSticky, writeSticky } from "./stickiness.ts";
import { type Target, type TargetGroup, targetKey } from "./target-group.ts";
import type { RequestRecord } from "./traffic.ts";
import { transformed } from "./transforms.ts";
import { upgradeOf } from "./upgrade.ts";
import type { ResponseHead, Upstream, UpstreamFailure, UpstreamUser } from "./upstream.ts";
import { drawGroup } from "./weighted-turns.ts";

/** The client's side. After `answer`, `end` or `cut` nothing more is asked of it. */
export interface ClientSide {
  /** Whether `data` shall be the content alone, without the frames of chunks. */
  readonly payloadOnly: boolean;
  answer(answer: Answer): void;
  head(head: ResponseHead, extra: readonly Header[]): void;
  data(bytes: Buffer): boolean;
  flush(): void;
  end(): void;
  /** The target broke off in the middle: the client must not take what it has for whole. */
  cut(): void;
  /** More of the request may come. */
  resumeBody(): void;
}

export interface Exchange {
  /** Whether bodies are looked at: then `inspected` gets the content of what `body` gets. */
  readonly inspects: boolean;
  /** A function, not a getter: an object literal with a getter takes a hidden class of its own, which keeps the whole request past young collections. */
  upgraded(): boolean;
  inspected(payload: Buffer): void;
  /** The next bytes of the request as the target shall get them; false asks to wait for `resumeBody`. */
  body(bytes: Buffer): boolean;
  bodyEnded(): void;
  /** The client took what it was given. */
  drain(): void;
  /** The client is gone. */
  gone(): void;
  readonly startedMs: number;
  /** Nothing has moved for the idle timeout, or it has taken as long as it may. */
  timedOut(): void;
}

const maxForwarders = 30;

export function beginExchange(place: Place, request: ClientRequest, framing: Framing, client: ClientSide): Exchange {
  const { clock, settings, listener } = place;
  const { errorAnswer } = place.manner;
  const record: RequestRecord = {
    request,
    listenerArn: listener.arn,
    startedMs: clock.nowMs(),
    finishedMs: 0,
    upgraded: false,
    status: 0,
    receivedBytes: 0,
    sentBytes: 0,
    traceId: traceIdFor(request.headers, clock.nowMs(), place.random),
    actions: [],
    own: true,
    targetConnectionError: false,
  };
  const upgradeTo = upgradeOf(request, framing);
  let insertHeaders: readonly Header[] = [];
  let upstream: Upstream | undefined;
  let group: TargetGroup | undefined;
  let target: Target | undefined;
  let extra: Header[] = [];
  let over = false;
  let answering = false;
  let ended = false;
  // Held back until the firewall has seen enough.
  let held: Buffer[] | undefined;
  let seen: Buffer[] = [];
  let seenBytes = 0;

  const finish = (status: number) => {
    if (over) return;
    over = true;
    record.status = status;
    record.finishedMs = clock.nowMs();
    if (target) group!.release(target);
    place.traffic.finished(record);
  };
  const answer = (own: Answer, why?: string) => {
    if (over) return;
    if (why !== undefined) record.errorReason = why;
    record.sentBytes += own.body.length;
    upstream?.abort();
    finish(own.status);
    client.answer(own);
  };

  const forward = (rule: RuleSpec & { action: { type: "forward" } }) => {
    const refusal = place.admit?.(request);
    if (refusal) return answer(refusal);
    const nowMs = clock.nowMs();
    const { targetGroups, stickySeconds } = rule.action;
    const secure = listener.protocol === "HTTPS";
    let arn: string | undefined;
    if (stickySeconds !== undefined) {
      const kept = readSticky(place.secret, request.headers, "AWSALBTG", nowMs);
      if (kept !== undefined && targetGroups.some((each) => each.arn === kept && each.weight > 0)) arn = kept;
    }
    arn ??= drawGroup(targetGroups, place.random);
    group = arn === undefined ? undefined : place.groupOf(arn);
    if (!group) return answer(errorAnswer(503));
    record.targetGroupArn = arn!;
    if (stickySeconds !== undefined) extra = writeSticky(place.secret, "AWSALBTG", arn!, { nowMs, seconds: stickySeconds, secure });
    const { stickiness } = group.spec;
    const cookie = stickiness?.type === "app_cookie" ? "AWSALBAPP-0" : "AWSALB";
    const bound = stickiness && readSticky(place.secret, request.headers, cookie, nowMs);
    const [boundGroup, boundKey] = bound?.split(" ") ?? [];
    target = group.pick(boundGroup === arn ? boundKey : undefined);
    if (!target) return answer(errorAnswer(503));
    if (stickiness?.type === "lb_cookie") {
      extra.push(...writeSticky(place.secret, cookie, `${arn} ${targetKey(target)}`, { nowMs, seconds: stickiness.seconds, secure }));
    }
    const { uri, host } = transformed(rule.transforms, request);
    send(
      forwardedHead(
        {
          request,
          uri,
          host: forwardedHost(host, listener, settings),
          framing,
          upgrade: upgradeTo,
          traceId: record.traceId,
          insertHeaders,
        },
        listener,
        settings,
      ),
      true,
    );
  };

  const send = (head: string, mayRetry: boolean) => {
    const where = group!.where(target!);
    record.target = { id: target!.id, port: target!.port };
    if (!where) return failed("refused");
    record.sentMs = clock.nowMs();
    const user: UpstreamUser = {
      method: request.method,
      payloadOnly: client.payloadOnly,
      head(answered) {
        answering = true;
        record.own = false;
        record.answeredMs = clock.nowMs();
        record.targetStatus = answered.status;
        if (answered.status === 101) {
          if (upgradeTo === undefined) return failed("malformed");
          record.upgraded = true;
        }
        client.head(answered, [...extra, ...appCookie(answered.headers)]);
      },
      data(bytes) {
        record.sentBytes += bytes.length;
        if (!client.data(bytes)) upstream!.pause();
      },
      flush: () => client.flush(),
      drain: () => client.resumeBody(),
      ended() {
        finish(record.targetStatus!);
        client.end();
      },
      failed(failure) {
        // A target may close a kept connection in the very moment in which it is used again: a request without a body is sent anew.
        if (failure === "closed" && mayRetry && !answering && upstream!.reused && framing.kind === "none")
          return send(head, upstream!.reused);
        failed(failure);
      },
    };
    upstream = place.pool.send({ ...where, tls: group!.spec.protocol === "HTTPS" }, head, user);
  };

  const failed = (failure: UpstreamFailure) => {
    if (over) return;
    record.targetConnectionError = failure === "refused" || failure === "connect-timeout";
    if (answering && !record.own) {
      upstream?.abort();
      finish(record.upgraded ? 101 : 502);
      client.cut();
    } else answer(errorAnswer(failure === "connect-timeout" ? 504 : 502));
  };

  const appCookie = (headers: readonly Header[]): Header[] => {
    const stickiness = group?.spec.stickiness;
    if (stickiness?.type !== "app_cookie") return [];
    const sets = headers.some(([name, value]) => name.toLowerCase() === "set-cookie" && value.startsWith(`${stickiness.cookieName}=`));
    if (!sets) return [];
    const { seconds } = stickiness;
    const what = `${record.targetGroupArn} ${targetKey(target!)}`;
    return writeSticky(place.secret, "AWSALBAPP-0", what, { nowMs: clock.nowMs(), seconds, secure: false });
  };

  const route = () => {
    const rule = ruleFor(place.rules, request);
    record.rulePriority = rule.priority;
    const { action } = rule;
    record.actions.push(action.type);
    if (action.type === "forward") forward(rule as Parameters<typeof forward>[0]);
    else if (action.type === "fixed-response") answer(fixedAnswer(action.status, action.contentType, action.body));
    else {
      const location = redirectLocation(action, request, listener, (port) => place.shownPort(port));
      record.redirectUrl = location;
      answer(redirectAnswer(action.status, location));
    }
    if (over || !held) return;
    const waiting = held;
    held = undefined;
    for (const bytes of waiting) upstream!.write(bytes);
    if (!ended) client.resumeBody();
  };

  const inspect = (firewall: Firewall) => {
    record.actions.push("waf");
    const body = seen.length === 1 ? seen[0]! : Buffer.concat(seen);
    try {
      const verdict = firewall.inspect({
        method: request.method,
        path: request.path,
        query: request.query,
        httpVersion: request.version,
        headers: request.headers,
        sourceIp: request.client.address,
        body: body.subarray(0, firewall.bodyLimitBytes),
        bodyCut: seenBytes > firewall.bodyLimitBytes || (!ended && framing.kind !== "none"),
      });
      if (verdict.action === "BLOCK") {
        const { status, headers, body: text } = verdict;
        return answer({ status, headers: headers.map(([name, value]) => [name, value]), body: Buffer.from(text) });
      }
      insertHeaders = verdict.insertHeaders;
    } catch (error) {
      console.error("load balancer: the firewall failed:", error);
      if (!settings.wafFailOpen) return answer(errorAnswer(500), "WAFServiceError");
    }
    route();
  };

  const firewall = place.firewall();
  const waits = firewall !== undefined && firewall.bodyLimitBytes > 0 && framing.kind !== "none";
  if (waits) held = [];

  const exchange: Exchange = {
    inspects: waits,
    startedMs: record.startedMs,
    upgraded: () => record.upgraded,
    inspected(payload) {
      if (!held || over) return;
      seen.push(payload);
      seenBytes += payload.length;
    },
    body(bytes) {
      record.receivedBytes += bytes.length;
      if (over) return true;
      if (held) {
        held.push(bytes);
        // One byte more than is inspected tells that there was more.
        if (seenBytes > firewall!.bodyLimitBytes) inspect(firewall!);
        return true;
      }
      return upstream ? upstream.write(bytes) : true;
    },
    bodyEnded() {
      ended = true;
      if (held && !over) inspect(firewall!);
    },
    drain: () => upstream?.resume(),
    gone() {
      if (over) return;
      upstream?.abort();
      finish(record.upgraded ? 101 : 460);
    },
    timedOut() {
      if (over) return;
      if (answering) {
        upstream?.abort();
        finish(record.targetStatus ?? 504);
        client.cut();
      } else answer(errorAnswer(ended || framing.kind === "none" ? 504 : 408));
    },
  };

  const forwarders = headerOf(request.headers, "x-forwarded-for");
  if (request.method === "TRACE") answer(errorAnswer(405));
  else if (forwarders !== undefined && forwarders.split(",").length > maxForwarders) answer(errorAnswer(463));
  else if (!firewall) route();
  else if (!waits) inspect(firewall);
  return exchange;
}
