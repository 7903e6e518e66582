/** AWS::RDS::DBClusterParameterGroup. */
import { type Made, resource, type ResourceRequest } from "../../../resource.ts";
import { madeFor, retag, stackTags, unlessGone } from "../../../stack-tags.ts";
import { arnOf } from "../names.ts";
import { changeParameters, type ParameterApi, parametersOf, setParameters } from "./parameter-values.ts";

const made = (name: string): Made => ({ physicalId: name, attributes: {} });

const nameOf = (request: ResourceRequest<{ DBClusterParameterGroupName?: string }>) =>
  (request.properties.DBClusterParameterGroupName ?? request.physicalName(255, { lowerCase: true })).toLowerCase();

const parameters: ParameterApi = {
  async list(call, DBClusterParameterGroupName, Marker) {
    const page = await call("rds", "DescribeDBClusterParameters", { DBClusterParameterGroupName, ...(Marker && { Marker }) });
    return { parameters: page.Parameters ?? [], marker: page.Marker };
  },
  modify: (call, DBClusterParameterGroupName, Parameters) =>
    call("rds", "ModifyDBClusterParameterGroup", { DBClusterParameterGroupName, Parameters }),
  reset: (call, DBClusterParameterGroupName, Parameters) =>
    call("rds", "ResetDBClusterParameterGroup", { DBClusterParameterGroupName, ResetAllParameters: false, Parameters }),
};

export const dbClusterParameterGroup = resource("AWS::RDS::DBClusterParameterGroup", {
  coverage: {
    real: ["DBClusterParameterGroupName", "Description", "Family", "Parameters", "Tags"],
    note: "As AWS::RDS::DBParameterGroup, for all instances of a cluster.",
  },
  async create(request) {
    const { properties } = request;
    const name = nameOf(request);
    await request.call("rds", "CreateDBClusterParameterGroup", {
      DBClusterParameterGroupName: name,
      DBParameterGroupFamily: properties.Family,
      Description: properties.Description,
      Tags: stackTags(request),
    });
    try {
      await setParameters(parameters, request.call, name, parametersOf(properties.Parameters));
    } catch (error) {
      await request.call("rds", "DeleteDBClusterParameterGroup", { DBClusterParameterGroupName: name });
      throw error;
    }
    return made(name);
  },
  async update(request) {
    const { physicalId, properties, previous } = request;
    await changeParameters(parameters, request.call, physicalId, previous.Parameters, properties.Parameters);
    await retag(request, "rds", arnOf(request, "cluster-pg", physicalId));
    return made(physicalId);
  },
  async delete({ call, physicalId }) {
    await call("rds", "DeleteDBClusterParameterGroup", { DBClusterParameterGroupName: physicalId }).catch(unlessGone);
  },
  async find(request) {
    const name = nameOf(request);
    const found = await request.call("rds", "DescribeDBClusterParameterGroups", { DBClusterParameterGroupName: name }).catch(unlessGone);
    if (!found || !(await madeFor(request, "rds", arnOf(request, "cluster-pg", name)))) return undefined;
    await setParameters(parameters, request.call, name, parametersOf(request.properties.Parameters));
    return made(name);
  },
});
