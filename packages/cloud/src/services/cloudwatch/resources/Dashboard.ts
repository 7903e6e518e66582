/** AWS::CloudWatch::Dashboard. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { AwsError } from "../../../aws-error.ts";
import { resource, type ResourceRequest } from "../../../resource.ts";

type Properties = ResourceProperties["AWS::CloudWatch::Dashboard"];

export const dashboard = resource("AWS::CloudWatch::Dashboard", {
  coverage: {
    real: ["DashboardName", "Tags"],
    recorded: ["DashboardBody"],
    note: "The body is checked and answered; nothing draws it.",
  },
  create: async (request) => put(request, request.properties.DashboardName ?? request.physicalName(255)),
  async update(request) {
    const made = await put(request, request.physicalId);
    const ResourceARN = `arn:aws:cloudwatch::${request.account}:dashboard/${request.physicalId}`;
    const { Tags = [] } = request.properties;
    const gone = (request.previous.Tags ?? []).map(({ Key }) => Key).filter((key) => !Tags.some(({ Key }) => Key === key));
    if (gone.length > 0) await request.call("cloudwatch", "UntagResource", { ResourceARN, TagKeys: gone });
    if (Tags.length > 0) await request.call("cloudwatch", "TagResource", { ResourceARN, Tags });
    return made;
  },
  async delete({ physicalId, call }) {
    try {
      await call("cloudwatch", "DeleteDashboards", { DashboardNames: [physicalId] });
    } catch (error) {
      if (!(error instanceof AwsError && error.code === "ResourceNotFound")) throw error;
    }
  },
});

/** Put once or twice, it is the same dashboard: so a create that was interrupted is simply repeated. */
async function put({ call, properties }: ResourceRequest<Properties>, DashboardName: string) {
  const { DashboardBody, Tags = [] } = properties;
  await call("cloudwatch", "PutDashboard", { DashboardName, DashboardBody, Tags });
  return { physicalId: DashboardName, attributes: {} };
}
