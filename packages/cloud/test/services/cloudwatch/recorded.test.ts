/** What CloudWatch keeps and answers without effect, and labels of results. */
import {
  CloudWatchClient,
  DeleteAnomalyDetectorCommand,
  DeleteInsightRulesCommand,
  DescribeAnomalyDetectorsCommand,
  DescribeInsightRulesCommand,
  DisableInsightRulesCommand,
  GetMetricDataCommand,
  PutAnomalyDetectorCommand,
  PutInsightRuleCommand,
} from "@aws-sdk/client-cloudwatch";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestServer, type TestServer } from "../../server.ts";

let server: TestServer;
let cloudwatch: CloudWatchClient;

beforeAll(async () => {
  server = await startTestServer();
  cloudwatch = new CloudWatchClient(server.client);
});
afterAll(async () => {
  cloudwatch.destroy();
  await server[Symbol.asyncDispose]();
});

it("keeps insight rules, switches them, and lists which were not there", async () => {
  const RuleDefinition = JSON.stringify({ Schema: { Name: "CloudWatchLogRule", Version: 1 }, LogGroupNames: ["g"], LogFormat: "JSON" });
  await cloudwatch.send(new PutInsightRuleCommand({ RuleName: "rule", RuleDefinition }));
  const { Failures } = await cloudwatch.send(new DisableInsightRulesCommand({ RuleNames: ["rule", "absent"] }));
  expect(Failures).toMatchObject([{ FailureResource: "absent", ExceptionType: "ResourceNotFoundException" }]);
  const { InsightRules } = await cloudwatch.send(new DescribeInsightRulesCommand({}));
  expect(InsightRules).toMatchObject([
    { Name: "rule", State: "DISABLED", Schema: '{"Name":"CloudWatchLogRule","Version":1}', Definition: RuleDefinition },
  ]);
  await cloudwatch.send(new DeleteInsightRulesCommand({ RuleNames: ["rule"] }));
  expect((await cloudwatch.send(new DescribeInsightRulesCommand({}))).InsightRules).toEqual([]);
  await expect(cloudwatch.send(new PutInsightRuleCommand({ RuleName: "rule", RuleDefinition: "{" }))).rejects.toMatchObject({
    message: "RuleDefinition is not valid JSON.",
  });
});

it("keeps anomaly detectors by metric, dimensions in any order", async () => {
  const [a, b] = [
    { Name: "a", Value: "1" },
    { Name: "b", Value: "2" },
  ];
  const metric = { Namespace: "n", MetricName: "m", Stat: "Average" };
  const from = new Date("2026-01-01T00:00:00Z");
  const Configuration = { ExcludedTimeRanges: [{ StartTime: from, EndTime: new Date("2026-01-02T00:00:00Z") }] };
  await cloudwatch.send(new PutAnomalyDetectorCommand({ SingleMetricAnomalyDetector: { ...metric, Dimensions: [a, b] } }));
  await cloudwatch.send(new PutAnomalyDetectorCommand({ ...metric, Dimensions: [b, a], Configuration }));
  const { AnomalyDetectors } = await cloudwatch.send(new DescribeAnomalyDetectorsCommand({ Namespace: "n", Dimensions: [b] }));
  expect(AnomalyDetectors).toMatchObject([{ ...metric, StateValue: "PENDING_TRAINING", Configuration }]);
  const remove = () => cloudwatch.send(new DeleteAnomalyDetectorCommand({ ...metric, Dimensions: [a, b] }));
  await remove();
  await expect(remove()).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  await expect(cloudwatch.send(new PutAnomalyDetectorCommand({ Namespace: "n" }))).rejects.toMatchObject({
    message: "The parameter MetricName is required.",
  });
});

it("labels two statistics of one metric apart", async () => {
  const query = (Id: string, Stat: string, MetricName = "m") => ({
    Id,
    MetricStat: { Metric: { Namespace: "n", MetricName }, Period: 60, Stat },
  });
  const { MetricDataResults } = await cloudwatch.send(
    new GetMetricDataCommand({
      MetricDataQueries: [query("a", "Sum"), query("b", "Maximum"), query("c", "Sum", "other")],
      StartTime: new Date("2026-01-01T00:00:00Z"),
      EndTime: new Date("2026-01-01T01:00:00Z"),
    }),
  );
  expect(MetricDataResults!.map(({ Label }) => Label)).toEqual(["m Sum", "m Maximum", "other"]);
});
