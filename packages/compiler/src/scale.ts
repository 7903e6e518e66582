/** What the app says of how many copies of a service run. */
import { facetDataOf, type AnyDeclared } from "@plinth/language/reading";
import type { Scale, ScaleMetric } from "@plinth/language";

export type FilledScale = Required<Pick<Scale, "min" | "max">> & Scale;

/** How many copies run, with the defaults filled in. */
export function scaleOf(scale: number | Scale | undefined): FilledScale {
  if (typeof scale === "number") return { min: scale, max: scale };
  const min = scale?.min ?? 1;
  const max = scale?.max ?? min;
  const aims = scale && [scale.cpu, scale.memory, scale.requestsPerTarget, scale.on, scale.metric].some((aim) => aim !== undefined);
  return { ...scale, min, max, ...(max > min && !aims && { cpu: 70 }) };
}

/** Whether the number of copies is the scaler's, and not the template's. */
export function scales({ min, max, schedule = [] }: FilledScale): boolean {
  return max > min || schedule.length > 0;
}

/** The metrics of CloudWatch that it aims at. */
export const metricsOf = ({ metric = [] }: FilledScale): readonly ScaleMetric[] =>
  Array.isArray(metric) ? metric : [metric as ScaleMetric];

/** The namespaces in which it may write metrics: those that it scales by, but AWS's own. */
export const ownNamespaces = (scale: FilledScale): string[] => [
  ...new Set(
    metricsOf(scale)
      .map(({ namespace }) => namespace)
      .filter((namespace) => !namespace.startsWith("AWS/")),
  ),
];

/** The queue by whose backlog it scales. */
export function backlogOf({ on }: FilledScale): { queue: AnyDeclared; messages: number } | undefined {
  const facet = facetDataOf(on);
  return facet && { queue: facet.of, messages: Number(facet.detail) };
}
