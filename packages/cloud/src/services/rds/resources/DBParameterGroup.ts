/** AWS::RDS::DBParameterGroup. */
import { type Made, resource, type ResourceRequest } from "../../../resource.ts";
import { madeFor, retag, stackTags, unlessGone } from "../../../stack-tags.ts";
import { arnOf } from "../names.ts";
import { changeParameters, type ParameterApi, parametersOf, setParameters } from "./parameter-values.ts";

const made = (of: { region: string; account: string }, name: string): Made => ({
  physicalId: name,
  attributes: { DBParameterGroupName: name, DBParameterGroupArn: arnOf(of, "pg", name) },
});

const nameOf = (request: ResourceRequest<{ DBParameterGroupName?: string }>) =>
  (request.properties.DBParameterGroupName ?? request.physicalName(255, { lowerCase: true })).toLowerCase();

const parameters: ParameterApi = {
  async list(call, DBParameterGroupName, Marker) {
    const page = await call("rds", "DescribeDBParameters", { DBParameterGroupName, ...(Marker && { Marker }) });
    return { parameters: page.Parameters ?? [], marker: page.Marker };
  },
  modify: (call, DBParameterGroupName, Parameters) => call("rds", "ModifyDBParameterGroup", { DBParameterGroupName, Parameters }),
  reset: (call, DBParameterGroupName, Parameters) =>
    call("rds", "ResetDBParameterGroup", { DBParameterGroupName, ResetAllParameters: false, Parameters }),
};

export const dbParameterGroup = resource("AWS::RDS::DBParameterGroup", {
  coverage: {
    real: ["DBParameterGroupName", "Description", "Family", "Parameters", "Tags"],
    note: "Parameters that PostgreSQL knows are applied; sizes for a machine (shared_buffers and the like) and RDS's own, but for rds.force_ssl and rds.logical_replication, are recorded.",
  },
  async create(request) {
    const { properties } = request;
    const name = nameOf(request);
    await request.call("rds", "CreateDBParameterGroup", {
      DBParameterGroupName: name,
      DBParameterGroupFamily: properties.Family,
      Description: properties.Description,
      Tags: stackTags(request),
    });
    try {
      await setParameters(parameters, request.call, name, parametersOf(properties.Parameters));
    } catch (error) {
      await request.call("rds", "DeleteDBParameterGroup", { DBParameterGroupName: name });
      throw error;
    }
    return made(request, name);
  },
  async update(request) {
    const { physicalId, properties, previous } = request;
    await changeParameters(parameters, request.call, physicalId, previous.Parameters, properties.Parameters);
    await retag(request, "rds", arnOf(request, "pg", physicalId));
    return made(request, physicalId);
  },
  async delete({ call, physicalId }) {
    await call("rds", "DeleteDBParameterGroup", { DBParameterGroupName: physicalId }).catch(unlessGone);
  },
  async find(request) {
    const name = nameOf(request);
    const found = await request.call("rds", "DescribeDBParameterGroups", { DBParameterGroupName: name }).catch(unlessGone);
    if (!found || !(await madeFor(request, "rds", arnOf(request, "pg", name)))) return undefined;
    await setParameters(parameters, request.call, name, parametersOf(request.properties.Parameters));
    return made(request, name);
  },
});
