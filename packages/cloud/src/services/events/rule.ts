/** Rules as they are kept, with their targets; those of a bus are read once and then lie in memory. */
import type { Target } from "@aws-sdk/client-eventbridge";
import { hasOneOpenDay, nextRunMs, parseSchedule, type Schedule } from "@plinth/cloudformation/schedule-expressions";
import type { Cloud } from "../../cloud.ts";
import { ruleNotFound } from "./errors.ts";
import { type Matcher, readPattern } from "./pattern/pattern.ts";
import type { Place } from "./place.ts";

export interface Rule {
  name: string;
  bus: string;
  arn: string;
  /** JSON text. */
  pattern?: string;
  expression?: string;
  state: "ENABLED" | "DISABLED" | "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS";
  description?: string;
  roleArn?: string;
  targets: Target[];
  tags: Record<string, string>;
  systemTags: Record<string, string>;
  /** From when a rate counts; it is due for the first time when it has passed once. */
  anchorMs: number;
  /** When its schedule is due next. */
  nextMs?: number;
}

/** AWS's own limits. Source: Amazon EventBridge quotas. */
export const mostRules = 300;
export const mostTargets = 5;

const rules = (cloud: Cloud) => cloud.store.collection<Rule>("events.rule");

export const ruleArn = ({ account, region }: Pick<Place, "account" | "region">, bus: string, name: string): string =>
  `arn:aws:events:${region}:${account}:rule/${bus === "default" ? "" : `${bus}/`}${name}`;

interface Read {
  rule: Rule;
  matches: Matcher | undefined;
}

const memory = Symbol("events.rules");
const read = (cloud: Cloud) => cloud.memory(memory, () => new Map<string, readonly Read[]>());

/** The rules of a bus that are on and have a pattern, ready to be asked. */
export function matchers({ cloud, region }: Place, bus: string): readonly Read[] {
  const key = `${region}/${bus}`;
  let known = read(cloud).get(key);
  if (!known) {
    known = rules(cloud)
      .list(region, `${bus}/`)
      .map((rule) => ({
        rule,
        matches: rule.state === "DISABLED" || rule.pattern === undefined ? undefined : readPattern(rule.pattern),
      }));
    read(cloud).set(key, known);
  }
  return known;
}

export function findRule({ cloud, region }: Place, bus: string, name: string): Rule | undefined {
  return rules(cloud).get(region, `${bus}/${name}`);
}

/** Throws where there is none. */
export function requireRule(place: Place, bus: string, name: string): Rule {
  const found = findRule(place, bus, name);
  if (!found) throw ruleNotFound(name, bus);
  return found;
}

export function rulesOf({ cloud, region }: Place, bus: string): Rule[] {
  return rules(cloud).list(region, `${bus}/`);
}

/** Over all regions. */
export const allRules = (cloud: Cloud): { region: string; rule: Rule }[] =>
  rules(cloud)
    .all()
    .map(({ scope, value }) => ({ region: scope, rule: value }));

export function keepRule({ cloud, region }: Place, rule: Rule): void {
  read(cloud).clear();
  rules(cloud).put(region, `${rule.bus}/${rule.name}`, rule);
}

export function removeRule({ cloud, region }: Place, { bus, name }: Rule): void {
  read(cloud).clear();
  rules(cloud).delete(region, `${bus}/${name}`);
}

/** `undefined` when it is none: no `at(…)`, cron has six fields of which one day is `?`, and nothing stands around. */
export function parseExpression(text: string): Schedule | undefined {
  const cron = /^cron\((.*)\)$/u.exec(text)?.[1];
  if (text !== text.trim() || (cron !== undefined && !hasOneOpenDay(cron))) return undefined;
  const parsed = parseSchedule(text);
  return parsed?.kind === "at" ? undefined : parsed;
}

/** The same, with its next time after `afterMs`, in UTC. */
export function planned({ nextMs: _next, ...rule }: Rule, afterMs: number): Rule {
  const expression = rule.expression === undefined || rule.state === "DISABLED" ? undefined : parseExpression(rule.expression);
  const nextMs = expression && nextRunMs(expression, "UTC", Math.max(afterMs, rule.anchorMs), rule.anchorMs);
  return { ...rule, ...(nextMs !== undefined && { nextMs }) };
}

export const describeRule = (rule: Rule) => ({
  Name: rule.name,
  Arn: rule.arn,
  ...(rule.pattern !== undefined && { EventPattern: rule.pattern }),
  ...(rule.expression !== undefined && { ScheduleExpression: rule.expression }),
  State: rule.state,
  ...(rule.description !== undefined && { Description: rule.description }),
  ...(rule.roleArn !== undefined && { RoleArn: rule.roleArn }),
  EventBusName: rule.bus,
});
