/** Dashboards: kept by name over all regions, as in AWS; what a body has to hold. */
import type { DashboardValidationMessage } from "@aws-sdk/client-cloudwatch";
import { AwsError } from "../../aws-error.ts";
import type { Cloud } from "../../cloud.ts";

export interface Dashboard {
  name: string;
  body: string;
  lastModifiedMs: number;
  tags: Record<string, string>;
}

export function dashboards(cloud: Cloud) {
  return cloud.store.collection<Dashboard>("cloudwatch.dashboard");
}

export function dashboardArn(account: string, name: string): string {
  return `arn:aws:cloudwatch::${account}:dashboard/${name}`;
}

/** Throws where the dashboard cannot be kept; gives the warnings with which it is kept all the same. */
export function validateBody(body: string): DashboardValidationMessage[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    throw invalid([{ Message: "The field DashboardBody must be a valid JSON object" }]);
  }
  if (!isObject(parsed)) throw invalid([{ Message: "The field DashboardBody must be a valid JSON object" }]);
  const errors: DashboardValidationMessage[] = [];
  const warnings: DashboardValidationMessage[] = [];
  const { widgets } = parsed;
  if (!Array.isArray(widgets)) {
    errors.push({ DataPath: "/widgets", Message: "The dashboard body must contain an array of widgets" });
  } else {
    if (widgets.length > 500) errors.push({ DataPath: "/widgets", Message: "Should NOT have more than 500 items" });
    for (const [index, widget] of widgets.entries()) checkWidget(widget, `/widgets/${index}`, errors, warnings);
  }
  if (errors.length > 0) throw invalid(errors);
  return warnings;
}

const widgetTypes = ["metric", "text", "log", "alarm", "explorer", "custom"];

function checkWidget(widget: unknown, path: string, errors: DashboardValidationMessage[], warnings: DashboardValidationMessage[]): void {
  if (!isObject(widget)) return void errors.push({ DataPath: path, Message: "Should be object" });
  const { type, properties } = widget;
  if (type === undefined) errors.push({ DataPath: path, Message: "Should have required property 'type'" });
  else if (!widgetTypes.includes(String(type)))
    errors.push({ DataPath: `${path}/type`, Message: `Should be equal to one of the allowed values: ${widgetTypes.join(", ")}` });
  for (const [name, most] of [
    ["width", 24],
    ["height", 1000],
    ["x", 23],
    ["y", Infinity],
  ] as const) {
    const value = widget[name];
    const least = name === "width" || name === "height" ? 1 : 0;
    if (value === undefined) continue;
    if (!Number.isInteger(value)) errors.push({ DataPath: `${path}/${name}`, Message: "Should be integer" });
    else if ((value as number) > most) errors.push({ DataPath: `${path}/${name}`, Message: `Should be <= ${most}` });
    else if ((value as number) < least) errors.push({ DataPath: `${path}/${name}`, Message: `Should be >= ${least}` });
  }
  if (!isObject(properties)) return void errors.push({ DataPath: path, Message: "Should have required property 'properties'" });
  if (type === "text" && typeof properties["markdown"] !== "string") {
    errors.push({ DataPath: `${path}/properties`, Message: "Should have required property 'markdown'" });
  }
  if (type !== "metric") return;
  const { metrics, annotations, region } = properties;
  if (metrics === undefined && !(isObject(annotations) && annotations["alarms"] !== undefined)) {
    errors.push({ DataPath: `${path}/properties`, Message: "Should have required property 'metrics'" });
  }
  if (metrics !== undefined && !Array.isArray(metrics)) errors.push({ DataPath: `${path}/properties/metrics`, Message: "Should be array" });
  if (Array.isArray(metrics)) {
    for (const [index, metric] of metrics.entries()) {
      const place = `${path}/properties/metrics/${index}`;
      if (!Array.isArray(metric)) errors.push({ DataPath: place, Message: "Should be array" });
      else if (metric.length === 0) errors.push({ DataPath: place, Message: "Should NOT have fewer than 1 items" });
      else if (!isObject(metric[0]) && metric.filter((part) => typeof part === "string").length < 2) {
        errors.push({ DataPath: place, Message: "Should match exactly one schema in oneOf" });
      }
    }
  }
  if (typeof region !== "string") {
    warnings.push({
      DataPath: `${path}/properties`,
      Message: "The property 'region' should be specified; the dashboard's own region is used",
    });
  }
}

function invalid(messages: DashboardValidationMessage[]): AwsError {
  const count = messages.length;
  return new AwsError(
    "InvalidParameterInput",
    `The dashboard body is invalid, there are ${count} validation error${count === 1 ? "" : "s"}: ${JSON.stringify(
      messages.map(({ DataPath, Message }) => ({ ...(DataPath !== undefined && { dataPath: DataPath }), message: Message })),
    )}`,
    400,
    { dashboardValidationMessages: messages },
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
