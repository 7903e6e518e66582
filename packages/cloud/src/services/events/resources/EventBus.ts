/** AWS::Events::EventBus. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { type Made, resource, type ResourceRequest } from "../../../resource.ts";
import { splitTags, withOrigin } from "../../../runtime/system-tags.ts";
import type { Call } from "../../../service.ts";

type Properties = ResourceProperties["AWS::Events::EventBus"];

const settingsOf = ({ Description, KmsKeyIdentifier, DeadLetterConfig, LogConfig }: Properties) => ({
  ...(Description !== undefined && { Description }),
  ...(KmsKeyIdentifier !== undefined && { KmsKeyIdentifier }),
  ...(DeadLetterConfig && { DeadLetterConfig }),
  ...(LogConfig && { LogConfig: LogConfig as { Level?: "INFO" } }),
});

async function made(call: Call, name: string): Promise<Made> {
  const { Arn = "", Policy = "" } = await call("events", "DescribeEventBus", { Name: name });
  return { physicalId: name, attributes: { Arn, Name: name, Policy } };
}

async function putPolicy(call: Call, EventBusName: string, policy: Properties["Policy"]): Promise<void> {
  if (policy === undefined) return;
  await call("events", "PutPermission", { EventBusName, Policy: typeof policy === "string" ? policy : JSON.stringify(policy) });
}

export const eventBus = resource("AWS::Events::EventBus", {
  coverage: {
    real: ["Description", "Name", "Policy", "Tags"],
    recorded: ["DeadLetterConfig", "KmsKeyIdentifier", "LogConfig"],
    refused: { EventSourceName: "there are no partner event sources in the embedded cloud" },
  },
  /** Safe to repeat: the token is that of the act. */
  async create({ call, properties, tags, token }: ResourceRequest<Properties>) {
    const { own, system } = splitTags(tags, properties.Tags);
    const input = { Name: properties.Name, ...settingsOf(properties), Tags: own };
    await call("events", "CreateEventBus", withOrigin(input, { tags: system, token }));
    await putPolicy(call, properties.Name, properties.Policy);
    return made(call, properties.Name);
  },
  async update({ call, physicalId, properties, previous, tags }) {
    await call("events", "UpdateEventBus", { Name: physicalId, ...settingsOf(properties) });
    if (properties.Policy === undefined && previous.Policy !== undefined) {
      await call("events", "RemovePermission", { EventBusName: physicalId, RemoveAllPermissions: true });
    }
    await putPolicy(call, physicalId, properties.Policy);
    const answer = await made(call, physicalId);
    const ResourceARN = String(answer.attributes["Arn"]);
    const { own } = splitTags(tags, properties.Tags);
    const lost = (previous.Tags ?? []).map(({ Key }) => Key).filter((key) => !own.some(({ Key }) => Key === key));
    if (lost.length > 0) await call("events", "UntagResource", { ResourceARN, TagKeys: lost });
    if (own.length > 0) await call("events", "TagResource", { ResourceARN, Tags: own });
    return answer;
  },
  async delete({ call, physicalId }) {
    await call("events", "DeleteEventBus", { Name: physicalId });
  },
});
