/** Anomaly detectors. Recorded: kept and answered, waiting for training that never begins. */
import type { Dimension } from "@aws-sdk/client-cloudwatch";
import { AwsError } from "../../../aws-error.ts";
import type { Input } from "../../../aws.ts";
import type { Cloud } from "../../../cloud.ts";
import { pageOf } from "../../../paging.ts";
import { operation } from "../../../service.ts";
import { check, checkDimensions, metricName, namespace } from "../constraints.ts";
import { invalidCombination, invalidNextToken, missingParameter } from "../errors.ts";

interface SingleMetric {
  Namespace: string;
  MetricName: string;
  Dimensions: Dimension[];
  Stat: string;
}

interface Detector {
  /** Either this or `metricMath`. */
  single?: SingleMetric;
  metricMath?: NonNullable<Input<"cloudwatch", "PutAnomalyDetector">["MetricMathAnomalyDetector"]>;
  configuration?: Input<"cloudwatch", "PutAnomalyDetector">["Configuration"];
}

type Named = Pick<
  Input<"cloudwatch", "PutAnomalyDetector">,
  "Namespace" | "MetricName" | "Dimensions" | "Stat" | "SingleMetricAnomalyDetector" | "MetricMathAnomalyDetector"
>;

const detectors = (cloud: Cloud) => cloud.store.collection<Detector>("cloudwatch.anomalyDetector");

/** What a call names: a metric, by the older members or the newer one, or a metric math expression. */
function named(input: Named): Pick<Detector, "single" | "metricMath"> {
  const { SingleMetricAnomalyDetector: inOne, MetricMathAnomalyDetector: metricMath } = input;
  const { Namespace, MetricName, Dimensions = [], Stat } = inOne ?? input;
  if (metricMath) {
    if (inOne) throw invalidCombination("SingleMetricAnomalyDetector and MetricMathAnomalyDetector are mutually exclusive.");
    return { metricMath };
  }
  for (const [name, value] of Object.entries({ Namespace, MetricName, Stat }))
    if (value === undefined) throw missingParameter(`The parameter ${name} is required.`);
  check({ namespace: [Namespace, namespace], metricName: [MetricName, metricName] });
  checkDimensions(Dimensions);
  return { single: { Namespace: Namespace!, MetricName: MetricName!, Dimensions, Stat: Stat! } };
}

/** Dimensions name a metric in whatever order they are given. */
function keyOf({ single, metricMath }: Detector): string {
  if (!single) return JSON.stringify(["math", metricMath]);
  const dimensions = single.Dimensions.map(({ Name, Value }) => `${Name}=${Value}`).sort();
  return JSON.stringify([single.Namespace, single.MetricName, dimensions, single.Stat]);
}

export const putAnomalyDetector = operation("cloudwatch", "PutAnomalyDetector", (input, { cloud, region }) => {
  const detector: Detector = { ...named(input), ...(input.Configuration && { configuration: input.Configuration }) };
  detectors(cloud).put(region, keyOf(detector), detector);
  return {};
});

export const deleteAnomalyDetector = operation("cloudwatch", "DeleteAnomalyDetector", (input, { cloud, region }) => {
  if (!detectors(cloud).delete(region, keyOf(named(input))))
    throw new AwsError("ResourceNotFoundException", "The anomaly detector does not exist.", 404);
  return {};
});

export const describeAnomalyDetectors = operation("cloudwatch", "DescribeAnomalyDetectors", (input, { cloud, region }) => {
  const { Namespace, MetricName, Dimensions, AnomalyDetectorTypes: types = ["SINGLE_METRIC"], MaxResults = 100, NextToken } = input;
  const has = (single: SingleMetric, { Name, Value }: Dimension) =>
    single.Dimensions.some((dimension) => dimension.Name === Name && dimension.Value === Value);
  const wanted = detectors(cloud)
    .list(region)
    .filter(({ single }) => {
      if (!single) return types.includes("METRIC_MATH");
      return (
        types.includes("SINGLE_METRIC") &&
        (Namespace === undefined || single.Namespace === Namespace) &&
        (MetricName === undefined || single.MetricName === MetricName) &&
        (Dimensions ?? []).every((dimension) => has(single, dimension))
      );
    });
  const query = JSON.stringify(["DescribeAnomalyDetectors", Namespace, MetricName, Dimensions, types]);
  const page = pageOf(wanted, { size: MaxResults, token: NextToken, keyOf, query, invalid: invalidNextToken });
  return {
    AnomalyDetectors: page.items.map(({ single, metricMath, configuration }) => ({
      ...(single && { ...single, SingleMetricAnomalyDetector: single }),
      ...(metricMath && { MetricMathAnomalyDetector: metricMath }),
      ...(configuration && { Configuration: revived(configuration) }),
      StateValue: "PENDING_TRAINING" as const,
    })),
    ...(page.nextToken !== undefined && { NextToken: page.nextToken }),
  };
});

/** Times went to disk as text. */
function revived(configuration: NonNullable<Detector["configuration"]>): NonNullable<Detector["configuration"]> {
  const { ExcludedTimeRanges } = configuration;
  return {
    ...configuration,
    ...(ExcludedTimeRanges && {
      ExcludedTimeRanges: ExcludedTimeRanges.map(({ StartTime, EndTime }) => ({
        StartTime: new Date(StartTime as unknown as string),
        EndTime: new Date(EndTime as unknown as string),
      })),
    }),
  };
}
