/** AWS::Logs::MetricFilter. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { AwsError } from "../../../aws-error.ts";
import { resource, type ResourceRequest } from "../../../resource.ts";

export const metricFilter = resource("AWS::Logs::MetricFilter", {
  coverage: {
    real: ["FilterName", "FilterPattern", "LogGroupName", "MetricTransformations"],
    recorded: ["ApplyOnTransformedLogs"],
    refused: {
      EmitSystemFieldDimensions: "events carry no account and region fields of their own in the embedded cloud",
      FieldSelectionCriteria: "log events are not selected by system fields in the embedded cloud",
    },
    note: "There are no transformed logs, so ApplyOnTransformedLogs changes nothing.",
  },
  create: async (request) => put(request, request.properties.FilterName ?? request.physicalName(512)),
  update: async (request) => put(request, request.physicalId),
  async delete({ physicalId, properties, call }) {
    try {
      await call("logs", "DeleteMetricFilter", { logGroupName: properties.LogGroupName, filterName: physicalId });
    } catch (error) {
      if (!(error instanceof AwsError && error.code === "ResourceNotFoundException")) throw error;
    }
  },
});

/** Put once or twice, it is the same filter: so a create that was interrupted is simply repeated. */
async function put({ call, properties }: ResourceRequest<ResourceProperties["AWS::Logs::MetricFilter"]>, filterName: string) {
  await call("logs", "PutMetricFilter", {
    logGroupName: properties.LogGroupName,
    filterName,
    filterPattern: properties.FilterPattern,
    metricTransformations: properties.MetricTransformations.map(
      ({ MetricName, MetricNamespace, MetricValue, DefaultValue, Dimensions, Unit }) => ({
        metricName: MetricName,
        metricNamespace: MetricNamespace,
        metricValue: MetricValue,
        ...(DefaultValue !== undefined && { defaultValue: DefaultValue }),
        ...(Dimensions && { dimensions: Object.fromEntries(Dimensions.map(({ Key, Value }) => [Key, Value])) }),
        ...(Unit !== undefined && { unit: Unit as "Count" }),
      }),
    ),
    ...(properties.ApplyOnTransformedLogs !== undefined && { applyOnTransformedLogs: properties.ApplyOnTransformedLogs }),
  });
  return { physicalId: filterName, attributes: {} };
}
