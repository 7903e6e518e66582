/** AWS::CloudWatch::CompositeAlarm. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import type { Input } from "../../../aws.ts";
import { AwsError } from "../../../aws-error.ts";
import { resource, type ResourceRequest } from "../../../resource.ts";

type Properties = ResourceProperties["AWS::CloudWatch::CompositeAlarm"];

const suppressed = "alarms are not suppressed by others in the embedded cloud";

export const compositeAlarm = resource("AWS::CloudWatch::CompositeAlarm", {
  coverage: {
    real: ["ActionsEnabled", "AlarmActions", "AlarmDescription", "AlarmName", "AlarmRule", "InsufficientDataActions", "OKActions", "Tags"],
    refused: { ActionsSuppressor: suppressed, ActionsSuppressorExtensionPeriod: suppressed, ActionsSuppressorWaitPeriod: suppressed },
  },
  create: async (request) => put(request, request.properties.AlarmName ?? request.physicalName(255)),
  async update(request) {
    const { call, physicalId, properties, previous } = request;
    const made = await put(request, physicalId);
    const ResourceARN = made.attributes.Arn;
    const { Tags = [] } = properties;
    const gone = (previous.Tags ?? []).map(({ Key }) => Key).filter((key) => !Tags.some(({ Key }) => Key === key));
    if (gone.length > 0) await call("cloudwatch", "UntagResource", { ResourceARN, TagKeys: gone });
    if (Tags.length > 0) await call("cloudwatch", "TagResource", { ResourceARN, Tags });
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

/** Put once or twice, it is the same alarm: so a create that was interrupted is simply repeated. */
async function put({ call, properties, region, account }: ResourceRequest<Properties>, AlarmName: string) {
  const { AlarmName: _name, ...rest } = properties;
  await call("cloudwatch", "PutCompositeAlarm", { ...rest, AlarmName } as Input<"cloudwatch", "PutCompositeAlarm">);
  return { physicalId: AlarmName, attributes: { Arn: `arn:aws:cloudwatch:${region}:${account}:alarm:${AlarmName}` } };
}
