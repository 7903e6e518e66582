/** PutDashboard, GetDashboard, ListDashboards, DeleteDashboards. */
import { pageOf } from "../../../paging.ts";
import { operation } from "../../../service.ts";
import { dashboardArn, dashboards, validateBody } from "../dashboards.ts";
import { dashboardNotFound, invalidNextToken, invalidValue } from "../errors.ts";
import { tagRecord } from "../tags.ts";

export const putDashboard = operation("cloudwatch", "PutDashboard", (input, { cloud }) => {
  const { DashboardName: name, DashboardBody: body } = input;
  checkName(name);
  const messages = validateBody(body);
  const tags = dashboards(cloud).get("global", name)?.tags ?? tagRecord(input.Tags);
  dashboards(cloud).put("global", name, { name, body, lastModifiedMs: cloud.world.clock.nowMs(), tags });
  return { DashboardValidationMessages: messages };
});

export const getDashboard = operation("cloudwatch", "GetDashboard", (input, { cloud, account }) => {
  checkName(input.DashboardName);
  const dashboard = dashboards(cloud).get("global", input.DashboardName);
  if (!dashboard) throw dashboardNotFound(input.DashboardName);
  return { DashboardArn: dashboardArn(account, dashboard.name), DashboardBody: dashboard.body, DashboardName: dashboard.name };
});

export const listDashboards = operation("cloudwatch", "ListDashboards", (input, { cloud, account }) => {
  const page = pageOf(dashboards(cloud).list("global", input.DashboardNamePrefix), {
    size: 1000,
    token: input.NextToken,
    keyOf: ({ name }) => name,
    query: JSON.stringify(["ListDashboards", input.DashboardNamePrefix]),
    invalid: invalidNextToken,
  });
  return {
    DashboardEntries: page.items.map(({ name, body, lastModifiedMs }) => ({
      DashboardName: name,
      DashboardArn: dashboardArn(account, name),
      LastModified: new Date(lastModifiedMs),
      Size: Buffer.byteLength(body),
    })),
    ...(page.nextToken !== undefined && { NextToken: page.nextToken }),
  };
});

export const deleteDashboards = operation("cloudwatch", "DeleteDashboards", (input, { cloud }) => {
  const { DashboardNames: names } = input;
  if (names.length === 0) throw invalidValue("Need at least 1 dashboard");
  const missing = names.find((name) => !dashboards(cloud).has("global", name));
  // All or none, as in AWS.
  if (missing !== undefined) throw dashboardNotFound(missing);
  cloud.store.transaction(() => {
    for (const name of names) dashboards(cloud).delete("global", name);
  });
  return {};
});

function checkName(name: string): void {
  if (!/^[\w-]{1,255}$/u.test(name)) {
    throw invalidValue(
      `The value ${name} for field DashboardName contains invalid characters. It can only contain alphanumerics, dash (-) and underscore (_).\n`,
    );
  }
}
