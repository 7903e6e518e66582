/** AWS::EC2::FlowLog. */
import { AwsError } from "../../../aws-error.ts";
import { resource } from "../../../resource.ts";
import { gone, madeEarlier, retag, stamped } from "./tagging.ts";

export const flowLog = resource("AWS::EC2::FlowLog", {
  coverage: {
    real: ["Tags"],
    recorded: [
      "DeliverCrossAccountRole",
      "DeliverLogsPermissionArn",
      "DestinationOptions",
      "LogDestination",
      "LogDestinationType",
      "LogFormat",
      "LogGroupName",
      "MaxAggregationInterval",
      "ResourceId",
      "ResourceType",
      "TrafficType",
    ],
    refused: { TagFieldSpecifications: "flow logs carry no records, so no tags in them" },
    note: "Kept and described; no traffic is written to its destination.",
  },
  async create(request) {
    const { ResourceId, ResourceType, TrafficType, LogDestinationType, Tags: _, TagFieldSpecifications: __, ...rest } = request.properties;
    let id = madeEarlier(request);
    if (id === undefined) {
      const { FlowLogIds, Unsuccessful } = await request.call(
        "ec2",
        "CreateFlowLogs",
        stamped(request, "vpc-flow-log", {
          ...(rest as object),
          ResourceIds: [ResourceId],
          ResourceType: ResourceType as "VPC",
          // What AWS asks for when a template leaves it out.
          TrafficType: (TrafficType ?? "ALL") as "ALL",
          ...(LogDestinationType !== undefined && { LogDestinationType: LogDestinationType as "s3" }),
        }),
      );
      const fault = Unsuccessful?.[0]?.Error;
      if (fault) throw new AwsError(fault.Code!, fault.Message!);
      id = FlowLogIds![0]!;
    }
    return { physicalId: id, attributes: { Id: id } };
  },
  async update(request) {
    await retag(request, request.physicalId);
    return { physicalId: request.physicalId, attributes: { Id: request.physicalId } };
  },
  delete: ({ call, physicalId }) => gone(() => call("ec2", "DeleteFlowLogs", { FlowLogIds: [physicalId] })),
});
