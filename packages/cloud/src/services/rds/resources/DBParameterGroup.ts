/** AWS::RDS::DBParameterGroup. */
import { type Made, resource, type ResourceRequest } from "../../../resource.ts";
import type { Call } from "../../../service.ts";
import { madeFor, retag, stackTags, unlessGone } from "../../../stack-tags.ts";
import { arnOf } from "../names.ts";

const made = (of: { region: string; account: string }, name: string): Made => ({
  physicalId: name,
  attributes: { DBParameterGroupName: name, DBParameterGroupArn: arnOf(of, "pg", name) },
});

const nameOf = (request: ResourceRequest<{ DBParameterGroupName?: string }>) =>
  (request.properties.DBParameterGroupName ?? request.physicalName(255, { lowerCase: true })).toLowerCase();

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
      await setParameters(request.call, name, parametersOf(properties.Parameters));
    } catch (error) {
      await request.call("rds", "DeleteDBParameterGroup", { DBParameterGroupName: name });
      throw error;
    }
    return made(request, name);
  },
  async update(request) {
    const { physicalId, properties, previous } = request;
    const [wanted, before] = [parametersOf(properties.Parameters), parametersOf(previous.Parameters)];
    const gone = Object.keys(before).filter((name) => !(name in wanted));
    for (let at = 0; at < gone.length; at += 20) {
      const some = gone.slice(at, at + 20).map((ParameterName) => ({ ParameterName, ApplyMethod: "pending-reboot" as const }));
      await request.call("rds", "ResetDBParameterGroup", { DBParameterGroupName: physicalId, ResetAllParameters: false, Parameters: some });
    }
    await setParameters(
      request.call,
      physicalId,
      Object.fromEntries(Object.entries(wanted).filter(([name, value]) => before[name] !== value)),
    );
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
    await setParameters(request.call, name, parametersOf(request.properties.Parameters));
    return made(request, name);
  },
});

function parametersOf(json: unknown): Record<string, string> {
  return Object.fromEntries(Object.entries((json ?? {}) as Record<string, unknown>).map(([name, value]) => [name, String(value)]));
}

/** Dynamic ones at once, static ones at the next restart, as CloudFormation applies them; twenty a call. */
async function setParameters(call: Call, name: string, values: Readonly<Record<string, string>>): Promise<void> {
  const entries = Object.entries(values);
  if (entries.length === 0) return;
  const kinds = new Map<string, string>();
  for (let marker: string | undefined; ;) {
    const page = await call("rds", "DescribeDBParameters", { DBParameterGroupName: name, ...(marker && { Marker: marker }) });
    for (const { ParameterName, ApplyType } of page.Parameters ?? []) kinds.set(ParameterName!, ApplyType!);
    marker = page.Marker;
    if (!marker) break;
  }
  for (let at = 0; at < entries.length; at += 20) {
    await call("rds", "ModifyDBParameterGroup", {
      DBParameterGroupName: name,
      Parameters: entries.slice(at, at + 20).map(([ParameterName, ParameterValue]) => ({
        ParameterName,
        ParameterValue,
        ApplyMethod: kinds.get(ParameterName) === "dynamic" ? ("immediate" as const) : ("pending-reboot" as const),
      })),
    });
  }
}
