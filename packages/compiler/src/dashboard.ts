/** One dashboard: a graph for each kind of thing in the inventory, and the newest errors of all programs. */
import type { Watched } from "./alarm-rules.ts";
import type { Compilation } from "./compilation.ts";
import { dashboardGraphs, type Graph } from "./dashboard-graphs.ts";
import type { Named } from "./inventory.ts";
import type { Value } from "./value.ts";

const columns = 2;
const width = 24 / columns;
const height = 6;

/** The dashboard, and where its URL stands. */
export function buildDashboard(compilation: Compilation, named: Named<"alarms">, watched: Watched): { stack: string; output: string } {
  const { draft, stem, faults } = compilation;
  const variables: Record<string, Value> = {};
  const graphs = dashboardGraphs(watched, (name, value) => {
    variables[name] = value;
    return `\${${name}}`;
  });
  if (graphs.length === 0) {
    faults.add({
      code: "nothing-to-watch",
      key: named.key,
      message: `${named.key} watches everything in the inventory, but it has no service, database, cache, queue or load balancer: add one, or delete ${named.key}`,
      at: named.declared.source,
    });
  }
  const widgets = graphs.map((graph, i) => ({
    type: graph.kind,
    x: (i % columns) * width,
    y: Math.floor(i / columns) * height,
    width,
    height,
    properties: propertiesOf(graph),
  }));
  const dashboard = draft.add("observability", `${named.id}Dashboard`, { ...compilation.origin(named), part: "Dashboard" }, (here) => ({
    Type: "AWS::CloudWatch::Dashboard",
    Properties: {
      DashboardName: named.declared.options.name ?? stem,
      DashboardBody: {
        "Fn::Sub": [
          JSON.stringify({ start: "-PT3H", widgets }),
          Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, here.take(value)])),
        ],
      },
    },
  }));
  return draft.namedOutput(dashboard, "DashboardUrl", () => ({
    "Fn::Sub": `https://\${AWS::Region}.console.aws.amazon.com/cloudwatch/home?region=\${AWS::Region}#dashboards/dashboard/\${${dashboard.logicalId}}`,
  }));
}

function propertiesOf(graph: Graph) {
  const { title } = graph;
  if (graph.kind === "log") return { title, region: "${AWS::Region}", view: "table", query: graph.query };
  return {
    title,
    region: "${AWS::Region}",
    view: "timeSeries",
    period: 300,
    metrics: graph.metrics.map(({ metric, label, statistic, right }) => [
      ...metric,
      { label, stat: statistic, ...(right && { yAxis: "right" }) },
    ]),
    ...(graph.percent && { yAxis: { left: { min: 0, max: 100 } } }),
  };
}
