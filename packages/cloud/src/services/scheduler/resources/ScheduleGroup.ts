/** AWS::Scheduler::ScheduleGroup. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { AwsError } from "../../../aws-error.ts";
import { type Made, resource, type ResourceRequest } from "../../../resource.ts";
import { splitTags, withSystemTags } from "../../../runtime/system-tags.ts";
import type { Call } from "../../../service.ts";

type Properties = ResourceProperties["AWS::Scheduler::ScheduleGroup"];

const nameOf = (request: ResourceRequest<Properties>) => request.properties.Name ?? request.physicalName(64);

async function made(call: Call, name: string): Promise<Made> {
  const { Arn = "", State = "", CreationDate, LastModificationDate } = await call("scheduler", "GetScheduleGroup", { Name: name });
  return {
    physicalId: name,
    attributes: {
      Arn,
      State,
      CreationDate: CreationDate?.toISOString() ?? "",
      LastModificationDate: LastModificationDate?.toISOString() ?? "",
    },
  };
}

export const scheduleGroup = resource("AWS::Scheduler::ScheduleGroup", {
  coverage: { real: ["Name", "Tags"] },
  /** Safe to repeat: the token is that of the act. */
  async create(request) {
    const { own, system } = splitTags(request.tags, request.properties.Tags);
    const name = nameOf(request);
    await request.call("scheduler", "CreateScheduleGroup", withSystemTags({ Name: name, ClientToken: request.token, Tags: own }, system));
    return made(request.call, name);
  },
  async update({ call, physicalId, properties, previous, tags }) {
    const { Arn: ResourceArn = "" } = await call("scheduler", "GetScheduleGroup", { Name: physicalId });
    const { own } = splitTags(tags, properties.Tags);
    const gone = splitTags({}, previous.Tags)
      .own.map(({ Key }) => Key)
      .filter((key) => !own.some(({ Key }) => Key === key));
    if (gone.length > 0) await call("scheduler", "UntagResource", { ResourceArn, TagKeys: gone });
    if (own.length > 0) await call("scheduler", "TagResource", { ResourceArn, Tags: own });
    return made(call, physicalId);
  },
  async delete({ call, physicalId }) {
    try {
      await call("scheduler", "DeleteScheduleGroup", { Name: physicalId });
    } catch (error) {
      if (!(error instanceof AwsError && error.code === "ResourceNotFoundException")) throw error;
    }
  },
});
