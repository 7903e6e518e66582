/** All rules over a system: what is unsafe, what was waived and why, and what no rule knows. */
import { transformsNotRun } from "@plinth/cloudformation";
import type { Facts } from "./facts.ts";
import { knownType } from "./known-types.ts";
import { reachOf, type BrokenNever, type Reach } from "./reach/reachability.ts";
import { readable } from "./resolve.ts";
import type { Hit, Rule, Severity } from "./rule.ts";
import { rules } from "./rules/index.ts";
import type { System, Waiver } from "./system.ts";

export interface Finding {
  rule: string;
  severity: Severity;
  controls: readonly string[];
  /** The thing of the app, where the resource comes from one; else the logical id, or the stack. */
  name: string;
  stack: string;
  logicalId?: string;
  type?: string;
  /** `plinth.config.ts:7` */
  source?: string;
  /** What was seen. */
  what: string;
  reason: string;
  remedy: string;
}

export interface CheckReport {
  /** The gravest first. */
  findings: Finding[];
  /** Findings that the app waives, with its reason. */
  waived: (Finding & { because: string })[];
  /** Waivers that no finding needs. */
  idleWaivers: Waiver[];
  /** Assertions of the app that do not hold. */
  broken: BrokenNever[];
  /** Names in assertions that nothing here has: a thing that this stage lacks, or a wrong name. */
  unknownNames: string[];
  /** Types that no rule looks at, with how many there are. */
  unknown: { type: string; count: number }[];
  /** Transforms that are not run here: what they make no rule has seen. */
  notTransformed: { stack: string; transform: string }[];
  /** How many rules looked at how many resources. */
  rules: number;
  resources: number;
}

const order: Record<Severity, number> = { high: 0, medium: 1, low: 2 };

/**
 * Runs every rule over a system.
 * @param more findings of others, which are waived and ordered with ours.
 */
export function check(
  system: System,
  { reach = reachOf(system), more = [] }: { reach?: Reach; more?: readonly Finding[] } = {},
): CheckReport {
  const { facts } = reach;
  const own = rules.flatMap((rule) =>
    rule.production && !facts.production ? [] : rule.find(facts).map((hit) => finding(rule, hit, facts)),
  );
  const all = [...own, ...more];
  const waivers = system.waived ?? [];
  const used = new Set<Waiver>();
  const findings: Finding[] = [];
  const waived: CheckReport["waived"] = [];
  for (const one of all.toSorted((a, b) => order[a.severity] - order[b.severity])) {
    const waiver = waivers.find(({ rule, of }) => rule === one.rule && (of === undefined || of === one.name || of === one.logicalId));
    if (!waiver) findings.push(one);
    else {
      used.add(waiver);
      waived.push({ ...one, because: waiver.because });
    }
  }
  const counts = [...facts.counts()].map(([type, count]) => ({ type, count }));
  return {
    findings,
    waived,
    idleWaivers: waivers.filter((one) => !used.has(one)),
    broken: reach.brokenNevers(),
    unknownNames: [...new Set((system.never ?? []).flat())].filter((name) => !reach.has(name)),
    unknown: counts.filter(({ type }) => !knownType(type)),
    notTransformed: facts.stacks.flatMap(({ name, template }) =>
      transformsNotRun(template).map((transform) => ({ stack: name, transform })),
    ),
    rules: rules.length,
    resources: counts.reduce((total, { count }) => total + count, 0),
  };
}

/** Whether nothing grave is left. */
export const passes = ({ findings, broken }: CheckReport): boolean =>
  broken.length === 0 && !findings.some(({ severity }) => severity === "high");

function finding(rule: Rule, { resource, stack, what }: Hit, facts: Facts): Finding {
  const { id, severity, controls, reason, remedy } = rule;
  const name = resource ? (resource.key ?? resource.logicalId) : (stack ?? facts.stacks[0]?.name ?? "");
  return {
    rule: id,
    severity,
    controls,
    name,
    stack: resource?.stack ?? stack ?? "",
    ...(resource && { logicalId: resource.logicalId, type: resource.type }),
    ...(resource?.source !== undefined && { source: resource.source }),
    what: readable(what),
    reason,
    remedy,
  };
}
