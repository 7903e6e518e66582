/** What CloudWatch knows of a function (namespace AWS/Lambda): how often it was called, how long it took, how often it failed. */
import { AwsError } from "../../aws-error.ts";
import { servicePrincipal } from "../../identity/principal.ts";
import type { LambdaFunction, Place } from "./function.ts";

export interface Measured {
  failed: boolean;
  durationMs: number;
}

export async function publish(
  { cloud, account, region }: Place,
  { name }: LambdaFunction,
  measured: Measured | "throttled",
): Promise<void> {
  const call = cloud.as(servicePrincipal(account, "lambda.amazonaws.com"), region);
  const counts: [string, number, "Count" | "Milliseconds"][] =
    measured === "throttled"
      ? [["Throttles", 1, "Count"]]
      : [
          ["Invocations", 1, "Count"],
          ["Errors", measured.failed ? 1 : 0, "Count"],
          ["Throttles", 0, "Count"],
          ["Duration", measured.durationMs, "Milliseconds"],
        ];
  const Timestamp = new Date(cloud.world.clock.nowMs());
  try {
    await call("cloudwatch", "PutMetricData", {
      Namespace: "AWS/Lambda",
      MetricData: counts.map(([MetricName, Value, Unit]) => ({
        MetricName,
        Value,
        Unit,
        Timestamp,
        Dimensions: [{ Name: "FunctionName", Value: name }],
      })),
    });
  } catch (error) {
    // A full disk loses a figure; the answer to the caller stands.
    if (!(error instanceof AwsError)) throw error;
  }
}
