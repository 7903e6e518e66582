/** How many exchanges with git this copy has under way, told to CloudWatch: by that the number of copies follows the load. */
import { log, reasonOf } from "./log.ts";

/** Called when one begins; what it gives is called when that has ended. */
export type Exchanges = () => () => void;

const everyMs = 10_000;

/** Tells every ten seconds the most that were under way at once, with the stage as dimension. */
export async function reportExchanges(stage: string): Promise<Exchanges> {
  // Only where it is wanted: the client takes a while to load.
  const { CloudWatchClient, PutMetricDataCommand } = await import("@aws-sdk/client-cloudwatch");
  const cloudWatch = new CloudWatchClient();
  let [now, most] = [0, 0];
  const report = () => {
    const MetricData = [{ MetricName: "GitExchanges", Dimensions: [{ Name: "Stage", Value: stage }], Value: most, Unit: "Count" as const }];
    most = now;
    cloudWatch
      .send(new PutMetricDataCommand({ Namespace: "Plue", MetricData }))
      .catch((error: unknown) => log("WARN", `the exchanges could not be told: ${reasonOf(error)}`));
  };
  setInterval(report, everyMs).unref();
  return () => {
    most = Math.max(most, ++now);
    return () => void now--;
  };
}

export const untold: Exchanges = () => () => {};
