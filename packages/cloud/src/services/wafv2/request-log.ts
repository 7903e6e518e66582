/** The log of inspected requests, in AWS's JSON, into a CloudWatch log group, a second after they came or earlier. */
import type { LoggingConfiguration } from "@aws-sdk/client-wafv2";
import { AwsError } from "../../aws-error.ts";
import type { Cloud } from "../../cloud.ts";
import { servicePrincipal } from "../../identity/principal.ts";
import type { InspectedRequest } from "../../runtime/firewall/firewall.ts";
import type { MatchDetail } from "../../runtime/firewall/inspection.ts";
import type { Outcome, RuleMatch } from "../../runtime/firewall/outcome.ts";
import type { TrafficSource } from "./traffic-source.ts";

const flushAfterMs = 1000;
/** So many wait at most; more are lost, as when a destination is throttled on AWS. */
const mostWaiting = 10_000;
const batch = 1000;
const key = Symbol("wafv2 request log");

interface Waiting {
  source: TrafficSource;
  config: LoggingConfiguration;
  events: { timestamp: number; message: string }[];
}

interface LogState {
  waiting: Map<string, Waiting>;
  cancel: (() => void) | undefined;
  flushing: Promise<void>;
  /** Read once; a change of a configuration empties it. */
  configurations: Map<string, LoggingConfiguration | undefined>;
}

const state = (cloud: Cloud): LogState =>
  cloud.memory(key, () => ({ waiting: new Map(), cancel: undefined, flushing: Promise.resolve(), configurations: new Map() }));

export const loggingConfigurations = (cloud: Cloud) => cloud.store.collection<LoggingConfiguration>("wafv2.logging");

/** To be called when a configuration changes. */
export function forgetConfigurations(cloud: Cloud): void {
  state(cloud).configurations.clear();
}

function configurationOf(cloud: Cloud, region: string, aclArn: string): LoggingConfiguration | undefined {
  const { configurations } = state(cloud);
  if (!configurations.has(aclArn)) configurations.set(aclArn, loggingConfigurations(cloud).get(region, aclArn));
  return configurations.get(aclArn);
}

export function logRequest(cloud: Cloud, source: TrafficSource, request: InspectedRequest, outcome: Outcome, nowMs: number): void {
  const config = configurationOf(cloud, source.region, source.acl.arn);
  if (!config || !isKept(config, outcome)) return;
  const log = state(cloud);
  let waiting = log.waiting.get(source.acl.arn);
  if (!waiting) log.waiting.set(source.acl.arn, (waiting = { source, config, events: [] }));
  if (waiting.events.length >= mostWaiting) return;
  waiting.events.push({ timestamp: nowMs, message: JSON.stringify(entry(cloud, source, config, request, outcome, nowMs)) });
  log.cancel ??= cloud.world.clock.after(flushAfterMs, () => {
    log.cancel = undefined;
    log.flushing = log.flushing.then(() => flush(cloud));
  });
}

/** Writes what waits; at a stop, too. */
export async function stopLog(cloud: Cloud): Promise<void> {
  const log = state(cloud);
  log.cancel?.();
  log.cancel = undefined;
  await log.flushing;
  await flush(cloud);
}

export function forgetLog(cloud: Cloud): void {
  const log = state(cloud);
  log.cancel?.();
  log.cancel = undefined;
  log.waiting.clear();
  log.configurations.clear();
}

async function flush(cloud: Cloud): Promise<void> {
  const all = [...state(cloud).waiting.values()];
  state(cloud).waiting.clear();
  for (const { source, config, events } of all) {
    const logGroupName = groupOf(config.LogDestinationConfigs![0]!);
    const logStreamName = `${source.region}_${source.acl.name}_0`;
    const call = cloud.as(servicePrincipal(cloud.account, "delivery.logs.amazonaws.com"), source.region);
    try {
      await call("logs", "CreateLogStream", { logGroupName, logStreamName }).catch((error: unknown) => {
        if (!(error instanceof AwsError && error.code === "ResourceAlreadyExistsException")) throw error;
      });
      for (let at = 0; at < events.length; at += batch)
        await call("logs", "PutLogEvents", { logGroupName, logStreamName, logEvents: events.slice(at, at + batch) });
    } catch (error) {
      // A log group that was deleted takes no more, and requests go on.
      if (!(error instanceof AwsError && error.code === "ResourceNotFoundException"))
        console.error("wafv2: requests were not logged:", error);
    }
  }
}

/** The group's name in a log destination, with or without the `:*` behind it. */
export const groupOf = (destination: string) => destination.split(":")[6] ?? "";

function isKept({ LoggingFilter }: LoggingConfiguration, outcome: Outcome): boolean {
  if (!LoggingFilter) return true;
  const counted = outcome.nonTerminating.length > 0 || outcome.groups.some(({ nonTerminating }) => nonTerminating.length > 0);
  const actions = new Set<string>([outcome.action, ...(counted ? ["COUNT"] : [])]);
  for (const { Behavior, Requirement, Conditions = [] } of LoggingFilter.Filters ?? []) {
    const holds = Conditions.map(({ ActionCondition, LabelNameCondition }) =>
      ActionCondition ? actions.has(ActionCondition.Action!) : outcome.labels.includes(LabelNameCondition!.LabelName!),
    );
    if (Requirement === "MEETS_ALL" ? holds.every(Boolean) : holds.some(Boolean)) return Behavior === "KEEP";
  }
  return LoggingFilter.DefaultBehavior === "KEEP";
}

const redacted = "REDACTED";

function entry(
  cloud: Cloud,
  { acl, resourceArn }: TrafficSource,
  config: LoggingConfiguration,
  request: InspectedRequest,
  outcome: Outcome,
  timestamp: number,
) {
  const hides = (name: "UriPath" | "QueryString" | "Method") => config.RedactedFields?.some((field) => field[name] !== undefined);
  const hidden = new Set((config.RedactedFields ?? []).flatMap(({ SingleHeader }) => SingleHeader?.Name?.toLowerCase() ?? []));
  const headers = request.headers.map(([name, value]) => ({ name, value: hidden.has(name.toLowerCase()) ? redacted : value }));
  const host = request.headers.find(([name]) => name.toLowerCase() === "host")?.[1] ?? "";
  return {
    timestamp,
    formatVersion: 1,
    webaclId: acl.arn,
    terminatingRuleId: outcome.terminatingRuleId,
    terminatingRuleType: outcome.terminatingRuleType,
    action: outcome.action,
    terminatingRuleMatchDetails: shownDetails(outcome.details),
    httpSourceName: "ALB",
    httpSourceId: `${cloud.account}-${resourceArn.split(":loadbalancer/")[1] ?? resourceArn}`,
    ruleGroupList: outcome.groups.map(({ ruleGroupId, terminatingRule, nonTerminating }) => ({
      ruleGroupId,
      terminatingRule: terminatingRule ? shownMatch(terminatingRule) : null,
      nonTerminatingMatchingRules: nonTerminating.map(shownMatch),
      excludedRules: null,
      customerConfig: null,
    })),
    rateBasedRuleList: outcome.rates.map(({ ruleName, limitKey, limit, windowSeconds }) => ({
      rateBasedRuleName: ruleName,
      limitKey: limitKey.replace("_", ""),
      maxRateAllowed: limit,
      evaluationWindowSec: String(windowSeconds),
    })),
    nonTerminatingMatchingRules: outcome.nonTerminating.map(shownMatch),
    requestHeadersInserted: outcome.insertHeaders.length > 0 ? outcome.insertHeaders.map(([name, value]) => ({ name, value })) : null,
    responseCodeSent: outcome.action === "BLOCK" ? outcome.response!.status : null,
    httpRequest: {
      clientIp: request.sourceIp,
      country: "-",
      headers,
      uri: hides("UriPath") ? redacted : request.path,
      args: hides("QueryString") ? redacted : request.query,
      httpVersion: request.httpVersion,
      httpMethod: hides("Method") ? redacted : request.method,
      requestId: cloud.world.random.hex(32),
      fragment: "",
      scheme: "",
      host,
    },
    labels: outcome.labels.map((name) => ({ name })),
  };
}

const shownDetails = (details: readonly MatchDetail[]) => details.map((detail) => ({ ...detail, matchedFieldName: "" }));

const shownMatch = ({ ruleId, action, overriddenAction, details }: RuleMatch) => ({
  ruleId,
  action,
  ...(overriddenAction && { overriddenAction }),
  ruleMatchDetails: shownDetails(details),
});
