/** AWS::CloudFormation::Macro: a function under a name that templates of this region can be transformed by. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { AwsError } from "../../../aws-error.ts";
import { resource, type ResourceRequest } from "../../../resource.ts";
import { macros } from "../macros.ts";

type Properties = ResourceProperties["AWS::CloudFormation::Macro"];

function put({ cloud, region, properties, token }: ResourceRequest<Properties>, own = token) {
  const { Name: name, FunctionName: functionName, Description: description } = properties;
  macros(cloud.store).put(region, name, { name, functionName, ...(description === undefined ? {} : { description }), token: own });
  return { physicalId: name, attributes: { Id: name } };
}

export const macro = resource("AWS::CloudFormation::Macro", {
  coverage: {
    real: ["Name", "FunctionName"],
    recorded: ["Description"],
    refused: {
      LogGroupName: "what goes wrong in a macro is said by the stack's events, and by its function's own log",
      LogRoleARN: "what goes wrong in a macro is said by the stack's events, and by its function's own log",
    },
    note: "Its function is called with the rights of whoever makes or changes the stack.",
  },
  async create(request) {
    const { cloud, region, account, token, properties } = request;
    const standing = macros(cloud.store).get(region, properties.Name);
    if (standing && standing.token !== token) throw new AwsError("AlreadyExistsException", `${account}::${properties.Name} already exists`);
    return put(request);
  },
  async find({ cloud, region, token, properties }) {
    const standing = macros(cloud.store).get(region, properties.Name);
    return standing?.token === token ? { physicalId: standing.name, attributes: { Id: standing.name } } : undefined;
  },
  async update(request) {
    return put(request, macros(request.cloud.store).get(request.region, request.physicalId)?.token);
  },
  async delete({ cloud, region, physicalId }) {
    macros(cloud.store).delete(region, physicalId);
  },
});
