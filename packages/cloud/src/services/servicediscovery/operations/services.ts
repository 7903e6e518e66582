/** Operations on services of a namespace, and on their instances. */
import { AwsError } from "../../../aws-error.ts";
import { checkConstraints } from "../../../constraints.ts";
import { pageOf } from "../../../paging.ts";
import { operation, type OperationContext } from "../../../service.ts";
import { checkAttributes, checkedDnsConfig, syncRecords } from "../dns-records.ts";
import {
  instanceNotFound,
  invalidInput,
  namespaceNotFound,
  notServedHere,
  resourceInUse,
  serviceExists,
  serviceNotFound,
} from "../errors.ts";
import {
  arnOf,
  describeService,
  instances,
  instancesOf,
  type InstanceRecord,
  namespaces,
  newId,
  noteOperation,
  requireNamespace,
  requireService,
  type ServiceRecord,
  services,
  servicesOf,
} from "../records.ts";
import { checkedTags } from "../tags.ts";

const most = 100;
const invalid = () => invalidInput("Invalid NextToken");

export const createService = operation("servicediscovery", "CreateService", (input, context) => {
  const { clock, random } = context.cloud.world;
  checkConstraints("InvalidInput", {
    name: [input.Name, { length: [1, 127], pattern: "[0-9A-Za-z_][0-9A-Za-z_.-]*" }],
    description: [input.Description, { length: [0, 1024] }],
  });
  const namespaceId = input.NamespaceId ?? input.DnsConfig?.NamespaceId;
  if (namespaceId === undefined) throw invalidInput("NamespaceId is required.");
  if (input.HealthCheckConfig) throw notServedHere("check the health of instances from the internet");
  const tags = checkedTags(input.Tags);
  const namespace = requireNamespace(context, namespaceId);
  const dnsConfig = checkedDnsConfig(namespace, input.DnsConfig);
  const same = servicesOf(context, namespace.id).find(({ name }) => name.toLowerCase() === input.Name.toLowerCase());
  if (same) throw serviceExists(same.id, same.name);
  const record = {
    id: newId(context, "srv"),
    namespaceId: namespace.id,
    name: input.Name,
    ...(input.Description !== undefined && { description: input.Description }),
    customHealth: input.HealthCheckCustomConfig !== undefined,
    ...(dnsConfig && { dnsConfig }),
    requestId: input.CreatorRequestId ?? random.uuid(),
    createdMs: clock.nowMs(),
    tags,
  };
  services(context).put(context.region, record.id, record);
  return { Service: describeService(context, record) };
});

export const getService = operation("servicediscovery", "GetService", ({ Id }, context) => ({
  Service: describeService(context, requireService(context, Id)),
}));

export const listServices = operation("servicediscovery", "ListServices", (input, context) => {
  checkConstraints("InvalidInput", { maxResults: [input.MaxResults, { range: [1, most] }] });
  const namespace = (input.Filters ?? []).filter(({ Name }) => Name === "NAMESPACE_ID").flatMap(({ Values }) => Values);
  const found = services(context)
    .list(context.region)
    .filter(({ namespaceId }) => namespace.length === 0 || namespace.includes(namespaceId));
  const { items, nextToken } = pageOf(found, {
    size: input.MaxResults ?? most,
    token: input.NextToken,
    keyOf: ({ id }) => id,
    query: `services ${namespace.join()}`,
    invalid,
  });
  return {
    Services: items.map((record) => {
      const { NamespaceId: _, CreatorRequestId: __, ...summary } = describeService(context, record);
      return summary;
    }),
    ...(nextToken !== undefined && { NextToken: nextToken }),
  };
});

export const updateService = operation("servicediscovery", "UpdateService", async ({ Id, Service }, context) => {
  const record = requireService(context, Id);
  const namespace = requireNamespace(context, record.namespaceId);
  const dnsConfig = checkedDnsConfig(namespace, Service.DnsConfig && { ...record.dnsConfig, ...Service.DnsConfig });
  const description = Service.Description;
  const now = { ...record, ...(description !== undefined && { description }), ...(dnsConfig && { dnsConfig }) };
  await syncRecords(context, namespace, { service: record, instances: instancesOf(context, record.id) }, now);
  services(context).put(context.region, record.id, now);
  return noteOperation(context, "UPDATE_SERVICE" as "UPDATE_NAMESPACE", { SERVICE: record.id });
});

export const deleteService = operation("servicediscovery", "DeleteService", ({ Id }, context) => {
  const { id } = requireService(context, Id);
  if (instancesOf(context, id).length > 0)
    throw resourceInUse("Service contains registered instances; delete the instances before deleting the service");
  services(context).delete(context.region, id);
  return {};
});

export const registerInstance = operation("servicediscovery", "RegisterInstance", async (input, context) => {
  checkConstraints("InvalidInput", {
    instanceId: [input.InstanceId, { length: [1, 64], pattern: "[0-9a-zA-Z_/:.@-]+" }],
    attributes: [input.Attributes, { length: [1, 30] }],
  });
  const service = requireService(context, input.ServiceId);
  const { AWS_INIT_HEALTH_STATUS: first, ...attributes } = input.Attributes;
  const record: InstanceRecord = { id: input.InstanceId, serviceId: service.id, attributes, healthy: first !== "UNHEALTHY" };
  checkAttributes(service, attributes);
  const failure = await change(context, service, record.id, record);
  return noteOperation(context, "REGISTER_INSTANCE", { INSTANCE: record.id, SERVICE: service.id }, failure);
});

/**
 * Changes an instance of a service, or takes it away, and with it the records that it has in DNS. Where these cannot be changed all is as before, and the operation tells
 * why, as on AWS.
 */
async function change(
  context: OperationContext,
  service: ServiceRecord,
  id: string,
  to: InstanceRecord | undefined,
): Promise<{ code: string; message: string } | undefined> {
  const shelf = instances(context);
  const key = `${service.id}/${id}`;
  const before = { service, instances: instancesOf(context, service.id) };
  const known = shelf.get(context.region, key);
  const keep = (record: InstanceRecord | undefined) =>
    record ? shelf.put(context.region, key, record) : shelf.delete(context.region, key);
  keep(to);
  try {
    await syncRecords(context, requireNamespace(context, service.namespaceId), before, service);
    return undefined;
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    keep(known);
    const codes: Record<string, string> = { NoSuchHostedZone: "HOSTED_ZONE_NOT_FOUND", InvalidChangeBatch: "INVALID_CHANGE_BATCH" };
    const code = error.code.startsWith("AccessDenied") ? "ACCESS_DENIED" : (codes[error.code] ?? "INTERNAL_FAILURE");
    return { code, message: error.message };
  }
}

function requireInstance(context: OperationContext, service: string, id: string): InstanceRecord {
  const found = instances(context).get(context.region, `${requireService(context, service).id}/${id}`);
  if (!found) throw instanceNotFound(id);
  return found;
}

export const deregisterInstance = operation("servicediscovery", "DeregisterInstance", async ({ ServiceId, InstanceId }, context) => {
  const { id, serviceId } = requireInstance(context, ServiceId, InstanceId);
  const failure = await change(context, requireService(context, serviceId), id, undefined);
  return noteOperation(context, "DEREGISTER_INSTANCE", { INSTANCE: id, SERVICE: serviceId }, failure);
});

export const getInstance = operation("servicediscovery", "GetInstance", ({ ServiceId, InstanceId }, context) => {
  const { id, attributes } = requireInstance(context, ServiceId, InstanceId);
  return { ResourceOwner: context.account, Instance: { Id: id, Attributes: attributes } };
});

export const listInstances = operation("servicediscovery", "ListInstances", (input, context) => {
  const { id } = requireService(context, input.ServiceId);
  const { items, nextToken } = pageOf(instancesOf(context, id), {
    size: input.MaxResults ?? most,
    token: input.NextToken,
    keyOf: (each) => each.id,
    query: `instances ${id}`,
    invalid,
  });
  return {
    ResourceOwner: context.account,
    Instances: items.map((each) => ({ Id: each.id, Attributes: each.attributes })),
    ...(nextToken !== undefined && { NextToken: nextToken }),
  };
});

export const updateInstanceCustomHealthStatus = operation(
  "servicediscovery",
  "UpdateInstanceCustomHealthStatus",
  async ({ ServiceId, InstanceId, Status }, context) => {
    checkConstraints("InvalidInput", { status: [Status, { enum: ["HEALTHY", "UNHEALTHY"] }] });
    const found = requireInstance(context, ServiceId, InstanceId);
    const failure = await change(context, requireService(context, ServiceId), found.id, { ...found, healthy: Status === "HEALTHY" });
    if (failure) throw invalidInput(failure.message);
    return {};
  },
);

export const getInstancesHealthStatus = operation("servicediscovery", "GetInstancesHealthStatus", ({ ServiceId, Instances }, context) => {
  const all = instancesOf(context, requireService(context, ServiceId).id);
  const wanted = Instances ? Instances.map((id) => requireInstance(context, ServiceId, id)) : all;
  return { Status: Object.fromEntries(wanted.map(({ id, healthy }) => [id, healthy ? ("HEALTHY" as const) : ("UNHEALTHY" as const)])) };
});

export const discoverInstances = operation("servicediscovery", "DiscoverInstances", (input, context) => {
  checkConstraints("InvalidInput", {
    maxResults: [input.MaxResults, { range: [1, 1000] }],
    healthStatus: [input.HealthStatus, { enum: ["HEALTHY", "UNHEALTHY", "ALL", "HEALTHY_OR_ELSE_ALL"] }],
  });
  const namespace = namespaces(context)
    .list(context.region)
    .find(({ name }) => name === input.NamespaceName);
  if (!namespace) throw namespaceNotFound(input.NamespaceName);
  const service = servicesOf(context, namespace.id).find(({ name }) => name === input.ServiceName);
  if (!service) throw serviceNotFound(input.ServiceName);
  const all = instancesOf(context, service.id);
  const having = (wanted: Record<string, string> | undefined, of: readonly InstanceRecord[]) =>
    of.filter(({ attributes }) => Object.entries(wanted ?? {}).every(([name, value]) => attributes[name] === value));
  const required = having(input.QueryParameters, all);
  const preferred = having(input.OptionalParameters, required);
  const found = preferred.length > 0 ? preferred : required;
  const { HealthStatus: health = "HEALTHY_OR_ELSE_ALL" } = input;
  const healthy = found.filter((each) => each.healthy);
  const shown =
    health === "ALL" || (health === "HEALTHY_OR_ELSE_ALL" && healthy.length === 0)
      ? found
      : health === "UNHEALTHY"
        ? found.filter((each) => !each.healthy)
        : healthy;
  return {
    Instances: shown.slice(0, input.MaxResults ?? most).map((each) => ({
      InstanceId: each.id,
      NamespaceName: namespace.name,
      ServiceName: service.name,
      HealthStatus: service.customHealth ? (each.healthy ? ("HEALTHY" as const) : ("UNHEALTHY" as const)) : ("UNKNOWN" as const),
      Attributes: each.attributes,
    })),
    InstancesRevision: revisionOf(all),
  };
});

/** Another one whenever the instances are others. */
function revisionOf(all: readonly InstanceRecord[]): number {
  let revision = 0;
  for (const character of JSON.stringify(all)) revision = (revision * 31 + character.charCodeAt(0)) % 2 ** 48;
  return revision;
}

/** For `authorize`: the ARN of what an id names. */
export const namedArn = (context: OperationContext, given: string) => (given.startsWith("arn:") ? given : arnOf(context, given));
