/**
 * Copies by the messages that wait. Where Container Insights counts the running tasks, the scaler aims at messages for each of them;
 * else it goes to the number of copies that the backlog asks for, in steps. Source: aws-recipes §8.
 */
import { deleted, type Compilation } from "./compilation.ts";
import type { Named } from "./inventory.ts";
import type { BuiltQueue } from "./queue.ts";
import { backlogOf, scaleOf, type FilledScale } from "./scale.ts";
import type { Here, Made } from "./value.ts";

/** Steps that a policy may have. Source: "Application Auto Scaling quotas". */
const mostSteps = 20;

/** Whether it aims at messages for each running task: in production, where the count is worth its price, and not from zero. */
function tracks({ production }: Pick<Compilation, "production">, scale: FilledScale): boolean {
  return production && scale.max > scale.min && scale.min > 0 && backlogOf(scale) !== undefined;
}

/** Whether the cluster has to count its running tasks. */
export function needsContainerInsights(compilation: Pick<Compilation, "production" | "inventory">): boolean {
  return compilation.inventory.of("service").some(({ declared }) => tracks(compilation, scaleOf(declared.options.scale)));
}

export function scaleByBacklog(
  compilation: Compilation,
  named: Named<"service">,
  parts: {
    scale: FilledScale;
    cluster: Made;
    service: Made;
    target: Made;
    queue: BuiltQueue;
    messages: number;
    follow: (part: string, value: number, metric: (here: Here) => object) => void;
  },
): void {
  const { scale, cluster, service, queue, messages, follow } = parts;
  if (!tracks(compilation, scale)) return buildSteps(compilation, named, parts);
  follow("Backlog", messages, (here) => ({
    CustomizedMetricSpecification: {
      Metrics: [
        {
          Id: "visible",
          ReturnData: false,
          MetricStat: { Stat: "Average", Metric: queueMetric(here, queue, "ApproximateNumberOfMessagesVisible") },
        },
        {
          Id: "running",
          ReturnData: false,
          MetricStat: {
            Stat: "Average",
            Metric: {
              Namespace: "ECS/ContainerInsights",
              MetricName: "RunningTaskCount",
              Dimensions: [
                { Name: "ClusterName", Value: here.take(cluster.ref()) },
                { Name: "ServiceName", Value: here.take(service.attribute("Name")) },
              ],
            },
          },
        },
        { Id: "backlog", ReturnData: true, Label: `${queue.named.key} for each task`, Expression: "visible / FILL(running, 1)" },
      ],
    },
  }));
}

/** Above what the fewest copies bear, as many as the backlog asks for; at or below it for five minutes, the fewest. */
function buildSteps(
  compilation: Compilation,
  named: Named<"service">,
  { scale, target, queue, messages }: { scale: FilledScale; target: Made; queue: BuiltQueue; messages: number },
): void {
  const { draft, stem } = compilation;
  const { id, key, kebab } = named;
  const origin = compilation.origin(named);
  const threshold = messages * scale.min;
  const each = Math.ceil((scale.max - scale.min) / mostSteps);
  const counts = Array.from({ length: Math.ceil((scale.max - scale.min) / each) }, (_, i) =>
    Math.min(scale.max, scale.min + (i + 1) * each),
  );
  const steps = counts.map((count, i) => ({
    MetricIntervalLowerBound: i === 0 ? 0 : messages * counts[i - 1]! - threshold,
    ...(count < scale.max && { MetricIntervalUpperBound: messages * count - threshold }),
    ScalingAdjustment: count,
  }));
  const policy = (part: string, StepAdjustments: object[]): Made =>
    draft.add("compute", `${id}Backlog${part}Scaling`, origin, (here) => ({
      Type: "AWS::ApplicationAutoScaling::ScalingPolicy",
      Properties: {
        PolicyName: `${stem}-${kebab}-backlog-${part.toLowerCase()}`,
        PolicyType: "StepScaling",
        ScalingTargetId: here.take(target.ref()),
        StepScalingPolicyConfiguration: {
          AdjustmentType: "ExactCapacity",
          Cooldown: 60,
          MetricAggregationType: "Maximum",
          StepAdjustments: StepAdjustments as never,
        },
      },
    }));
  const alarm = (part: string, by: Made, description: string, rule: { ComparisonOperator: string; periods: number }): void => {
    draft.add("compute", `${id}Backlog${part}Trigger`, origin, (here) => ({
      Type: "AWS::CloudWatch::Alarm",
      ...deleted,
      Properties: {
        AlarmDescription: description,
        Metrics: [
          {
            Id: "visible",
            ReturnData: false,
            MetricStat: { Stat: "Maximum", Period: 60, Metric: queueMetric(here, queue, "ApproximateNumberOfMessagesVisible") },
          },
          {
            Id: "taken",
            ReturnData: false,
            MetricStat: { Stat: "Maximum", Period: 60, Metric: queueMetric(here, queue, "ApproximateNumberOfMessagesNotVisible") },
          },
          { Id: "backlog", ReturnData: true, Label: "waiting and in work", Expression: "visible + taken" },
        ],
        ComparisonOperator: rule.ComparisonOperator,
        Threshold: threshold,
        EvaluationPeriods: rule.periods,
        DatapointsToAlarm: rule.periods,
        TreatMissingData: "missing",
        AlarmActions: [here.take(by.ref())],
      },
    }));
  };
  const many = `${queue.named.key} has more messages than ${scale.min} ${scale.min === 1 ? "copy" : "copies"} of ${key} bear: adds some`;
  alarm("Out", policy("Out", steps), many, { ComparisonOperator: "GreaterThanThreshold", periods: 1 });
  const fewest = [{ MetricIntervalUpperBound: 0, ScalingAdjustment: scale.min }];
  alarm("In", policy("In", fewest), `${queue.named.key} is nearly empty: the fewest copies of ${key} do`, {
    ComparisonOperator: "LessThanOrEqualToThreshold",
    periods: 5,
  });
}

function queueMetric(here: Here, { queue }: BuiltQueue, MetricName: string) {
  return { Namespace: "AWS/SQS", MetricName, Dimensions: [{ Name: "QueueName", Value: here.take(queue.attribute("QueueName")) }] };
}
