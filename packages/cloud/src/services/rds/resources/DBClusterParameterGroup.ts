/** AWS::RDS::DBClusterParameterGroup. */
import { type Made, resource, type ResourceRequest } from "../../../resource.ts";
import type { Call } from "../../../service.ts";
import { madeFor, retag, stackTags, unlessGone } from "../../../stack-tags.ts";
import { arnOf } from "../names.ts";

const made = (name: string): Made => ({ physicalId: name, attributes: {} });

const nameOf = (request: ResourceRequest<{ DBClusterParameterGroupName?: string }>) =>
  (request.properties.DBClusterParameterGroupName ?? request.physicalName(255, { lowerCase: true })).toLowerCase();

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
      await setParameters(request.call, name, parametersOf(properties.Parameters));
    } catch (error) {
      await request.call("rds", "DeleteDBClusterParameterGroup", { DBClusterParameterGroupName: name });
      throw error;
    }
    return made(name);
  },
  async update(request) {
    const { physicalId, properties, previous } = request;
    const [wanted, before] = [parametersOf(properties.Parameters), parametersOf(previous.Parameters)];
    const gone = Object.keys(before).filter((name) => !(name in wanted));
    for (let at = 0; at < gone.length; at += 20) {
      await request.call("rds", "ResetDBClusterParameterGroup", {
        DBClusterParameterGroupName: physicalId,
        ResetAllParameters: false,
        Parameters: gone.slice(at, at + 20).map((ParameterName) => ({ ParameterName, ApplyMethod: "pending-reboot" as const })),
      });
    }
    const changed = Object.entries(wanted).filter(([name, value]) => before[name] !== value);
    await setParameters(request.call, physicalId, Object.fromEntries(changed));
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
    await setParameters(request.call, name, parametersOf(request.properties.Parameters));
    return made(name);
  },
});

function parametersOf(json: unknown): Record<string, string> {
  return Object.fromEntries(Object.entries((json ?? {}) as Record<string, unknown>).map(([name, value]) => [name, String(value)]));
}

/** Dynamic ones at once, static ones at the next restart, as CloudFormation applies them; twenty a call. */
async function setParameters(call: Call, name: string, values: Readonly<Record<string, string>>): Promise<void> {
  const entries = Object.entries(values);
  const dynamic = new Set<string>();
  for (let marker: string | undefined; entries.length > 0;) {
    const page = await call("rds", "DescribeDBClusterParameters", { DBClusterParameterGroupName: name, ...(marker && { Marker: marker }) });
    for (const { ParameterName, ApplyType } of page.Parameters ?? []) if (ApplyType === "dynamic") dynamic.add(ParameterName!);
    marker = page.Marker;
    if (!marker) break;
  }
  for (let at = 0; at < entries.length; at += 20) {
    await call("rds", "ModifyDBClusterParameterGroup", {
      DBClusterParameterGroupName: name,
      Parameters: entries.slice(at, at + 20).map(([ParameterName, ParameterValue]) => ({
        ParameterName,
        ParameterValue,
        ApplyMethod: dynamic.has(ParameterName) ? ("immediate" as const) : ("pending-reboot" as const),
      })),
    });
  }
}
