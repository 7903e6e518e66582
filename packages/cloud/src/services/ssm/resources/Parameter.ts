/** AWS::SSM::Parameter. */
import { resource, type ResourceRequest } from "../../../resource.ts";
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { AwsError } from "../../../aws-error.ts";
import type { ParameterType } from "../parameters.ts";

type Properties = ResourceProperties["AWS::SSM::Parameter"];
type Put = {
  DataType?: string;
  Tier?: "Standard" | "Advanced" | "Intelligent-Tiering";
  Policies?: string;
  AllowedPattern?: string;
  Description?: string;
};

function settings({ AllowedPattern, DataType, Description, Policies, Tier }: Properties): Put {
  return {
    ...(AllowedPattern === undefined ? {} : { AllowedPattern }),
    ...(DataType === undefined ? {} : { DataType }),
    ...(Policies === undefined ? {} : { Policies }),
    ...(Tier === undefined ? {} : { Tier: Tier as NonNullable<Put["Tier"]> }),
    Description: Description ?? "",
  };
}

const made = (physicalId: string, { Type, Value }: Properties) => ({ physicalId, attributes: { Type, Value } });

/** A generated name has the logical id in it, as on AWS, and not the stack's name. */
const nameOf = ({ properties, logicalId, physicalName }: ResourceRequest<Properties>) =>
  properties.Name ?? `CFN-${logicalId}-${physicalName(1007).slice(-12)}`;

export const parameter = resource("AWS::SSM::Parameter", {
  coverage: {
    real: ["Name", "Type", "Value", "AllowedPattern", "DataType", "Description", "Policies", "Tags", "Tier"],
    note: "CloudFormation cannot make a SecureString; AWS's schema allows String and StringList only. Of the policies, Expiration acts and the two notifications are kept.",
  },
  async create(request) {
    const Name = nameOf(request);
    const { Type, Value, Tags } = request.properties;
    if (Type !== "String" && Type !== "StringList") {
      throw new AwsError("ValidationException", `SecureString type is not supported in AWS::SSM::Parameter; it is ${Type}`);
    }
    const tags = Object.entries((Tags ?? {}) as Record<string, string>).map(([Key, Value]) => ({ Key, Value }));
    await request.call("ssm", "PutParameter", {
      Name,
      Type: Type as ParameterType,
      Value,
      ...settings(request.properties),
      ...(tags.length > 0 ? { Tags: tags } : {}),
    });
    return made(Name, request.properties);
  },
  async find(request) {
    const Name = nameOf(request);
    const { Parameters = [] } = await request.call("ssm", "GetParameters", { Names: [Name] });
    if (Parameters.length === 0) return undefined;
    // A parameter of this name that somebody else made is not ours: its tags tell.
    const { TagList = [] } = await request.call("ssm", "ListTagsForResource", { ResourceType: "Parameter", ResourceId: Name });
    const ours = TagList.some(({ Key, Value }) => Key === "aws:cloudformation:stack-id" && Value === request.stackId);
    return ours ? made(Name, request.properties) : undefined;
  },
  async update({ call, physicalId, properties, previous }) {
    const { Type, Value } = properties;
    await call("ssm", "PutParameter", { Name: physicalId, Type: Type as ParameterType, Value, Overwrite: true, ...settings(properties) });
    const before = (previous.Tags ?? {}) as Record<string, string>;
    const after = (properties.Tags ?? {}) as Record<string, string>;
    const gone = Object.keys(before).filter((key) => !Object.hasOwn(after, key));
    const resource = { ResourceType: "Parameter" as const, ResourceId: physicalId };
    if (gone.length > 0) await call("ssm", "RemoveTagsFromResource", { ...resource, TagKeys: gone });
    const changed = Object.entries(after).filter(([key, value]) => before[key] !== value);
    if (changed.length > 0) await call("ssm", "AddTagsToResource", { ...resource, Tags: changed.map(([Key, Value]) => ({ Key, Value })) });
    return made(physicalId, properties);
  },
  async delete({ call, physicalId }) {
    await call("ssm", "DeleteParameters", { Names: [physicalId] });
  },
});
