/** AWS::CloudWatch::Alarm. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import type { Input } from "../../../aws.ts";
import { AwsError } from "../../../aws-error.ts";
import { resource, type ResourceRequest } from "../../../resource.ts";

type Properties = ResourceProperties["AWS::CloudWatch::Alarm"];

export const alarm = resource("AWS::CloudWatch::Alarm", {
  coverage: {
    real: [
      "ActionsEnabled",
      "AlarmActions",
      "AlarmDescription",
      "AlarmName",
      "ComparisonOperator",
      "DatapointsToAlarm",
      "Dimensions",
      "EvaluationPeriods",
      "ExtendedStatistic",
      "InsufficientDataActions",
      "MetricName",
      "Metrics",
      "Namespace",
      "OKActions",
      "Period",
      "Statistic",
      "Tags",
      "Threshold",
      "TreatMissingData",
      "Unit",
    ],
    recorded: ["EvaluateLowSampleCountPercentile"],
    refused: {
      EvaluationCriteria: "there is no PromQL in the embedded cloud",
      EvaluationInterval: "it belongs to alarms on PromQL",
      EvaluationWindow: "alarms are evaluated over sliding windows only",
      ThresholdMetricId: "there is no anomaly detection in the embedded cloud",
      WarmUpConfiguration: "alarms are evaluated from their first minute on",
    },
    note: "Evaluated each minute (periods below a minute: every ten seconds). Actions on SNS topics and scaling policies are carried out; others are noted in the history.",
  },
  create: async (request) => put(request, nameOf(request)),
  async update(request) {
    const made = await put(request, request.physicalId);
    const before = tagsOf(request.previous);
    const after = tagsOf(request.properties);
    const gone = Object.keys(before).filter((key) => !(key in after));
    const ResourceARN = made.attributes.Arn;
    if (gone.length > 0) await request.call("cloudwatch", "UntagResource", { ResourceARN, TagKeys: gone });
    const Tags = Object.entries(after).map(([Key, Value]) => ({ Key, Value }));
    if (Tags.length > 0) await request.call("cloudwatch", "TagResource", { ResourceARN, Tags });
    return made;
  },
  async delete({ physicalId, call }) {
    try {
      await call("cloudwatch", "DeleteAlarms", { AlarmNames: [physicalId] });
    } catch (error) {
      if (!(error instanceof AwsError && error.code === "ResourceNotFound")) throw error;
    }
  },
});

function nameOf({ properties, physicalName }: ResourceRequest<Properties>): string {
  return properties.AlarmName ?? physicalName(255);
}

/** Put once or twice, it is the same alarm: so a create that was interrupted is simply repeated. */
async function put({ call, properties, region, account }: ResourceRequest<Properties>, AlarmName: string) {
  const { AlarmName: _name, Tags = [], ...rest } = properties;
  await call("cloudwatch", "PutMetricAlarm", { ...rest, AlarmName, Tags } as Input<"cloudwatch", "PutMetricAlarm">);
  return { physicalId: AlarmName, attributes: { Arn: `arn:aws:cloudwatch:${region}:${account}:alarm:${AlarmName}` } };
}

function tagsOf({ Tags = [] }: Properties): Record<string, string> {
  return Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value]));
}
