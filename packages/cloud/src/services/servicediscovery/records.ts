/** Namespaces, services in them, instances of those, and the operations that made them: what Cloud Map remembers. */
import type { DnsConfig, Namespace, Operation, OperationTargetType, OperationType, Service } from "@aws-sdk/client-servicediscovery";
import type { OperationContext } from "../../service.ts";
import { namespaceNotFound, serviceNotFound } from "./errors.ts";

export type Place = Pick<OperationContext, "cloud" | "account" | "region">;
export interface Tag {
  Key: string;
  Value: string;
}

export interface NamespaceRecord {
  /** `ns-` and 16 letters and digits. */
  id: string;
  name: string;
  description?: string;
  /** Where its services are in DNS too. */
  dns?: { type: "DNS_PRIVATE" | "DNS_PUBLIC"; hostedZoneId: string; soaTtlSeconds: number };
  requestId: string;
  createdMs: number;
  tags: Tag[];
}

export interface ServiceRecord {
  /** `srv-` and 16 letters and digits. */
  id: string;
  namespaceId: string;
  name: string;
  description?: string;
  /** Whether the health of instances is told by UpdateInstanceCustomHealthStatus. */
  customHealth: boolean;
  /** Which records its instances have. Only in a namespace that is in DNS. */
  dnsConfig?: Pick<DnsConfig, "RoutingPolicy" | "DnsRecords">;
  /** Of the service itself, for whoever asks. */
  attributes?: Record<string, string>;
  requestId: string;
  createdMs: number;
  tags: Tag[];
}

export interface InstanceRecord {
  id: string;
  serviceId: string;
  attributes: Record<string, string>;
  healthy: boolean;
}

interface OperationRecord {
  id: string;
  type: OperationType;
  targets: Partial<Record<OperationTargetType, string>>;
  createdMs: number;
  /** Why it failed. */
  failure?: { code: string; message: string };
}

const collection =
  <T>(name: string) =>
  ({ cloud }: Pick<Place, "cloud">) =>
    cloud.store.collection<T>(`cloud-map-${name}`);
export const namespaces = collection<NamespaceRecord>("namespace");
export const services = collection<ServiceRecord>("service");
/** By `service/instance`. */
export const instances = collection<InstanceRecord>("instance");
const operations = collection<OperationRecord>("operation");

const alphabet = "abcdefghijklmnopqrstuvwxyz234567";
export const newId = ({ cloud }: Pick<Place, "cloud">, kind: "ns" | "srv") => `${kind}-${cloud.world.random.text(16, alphabet)}`;
const idOf = (given: string) => given.slice(given.lastIndexOf("/") + 1);
export const arnOf = ({ account, region }: Pick<Place, "account" | "region">, id: string) =>
  `arn:aws:servicediscovery:${region}:${account}:${id.startsWith("ns-") ? "namespace" : "service"}/${id}`;

/** By id or ARN. */
export function requireNamespace(place: Place, given: string): NamespaceRecord {
  const found = namespaces(place).get(place.region, idOf(given));
  if (!found) throw namespaceNotFound(idOf(given));
  return found;
}

/** By id or ARN. */
export function requireService(place: Place, given: string): ServiceRecord {
  const found = services(place).get(place.region, idOf(given));
  if (!found) throw serviceNotFound(idOf(given));
  return found;
}

export const servicesOf = (place: Place, namespaceId: string) =>
  services(place)
    .list(place.region)
    .filter((service) => service.namespaceId === namespaceId);
export const instancesOf = (place: Place, serviceId: string) => instances(place).list(place.region, `${serviceId}/`);

/** Notes what was done, at once, as an operation that has succeeded or failed; on AWS it would still be under way. */
export function noteOperation(
  place: Place,
  type: OperationType,
  targets: OperationRecord["targets"],
  failure?: OperationRecord["failure"],
): { OperationId: string } {
  const { random, clock } = place.cloud.world;
  const id = `${random.text(32, alphabet)}-${random.text(8, alphabet)}`;
  operations(place).put(place.region, id, { id, type, targets, createdMs: clock.nowMs(), ...(failure && { failure }) });
  return { OperationId: id };
}

export const findOperation = (place: Place, id: string) => operations(place).get(place.region, id);
export const listOperations = (place: Place) => operations(place).list(place.region);

export const describeOperation = ({ id, type, targets, createdMs, failure }: OperationRecord): Operation => ({
  Id: id,
  Type: type,
  Status: failure ? "FAIL" : "SUCCESS",
  ...(failure && { ErrorCode: failure.code, ErrorMessage: failure.message }),
  CreateDate: new Date(createdMs),
  UpdateDate: new Date(createdMs),
  Targets: targets,
});

export const describeNamespace = (place: Place, record: NamespaceRecord): Namespace => ({
  Id: record.id,
  Arn: arnOf(place, record.id),
  ResourceOwner: place.account,
  Name: record.name,
  Type: record.dns?.type ?? "HTTP",
  ...(record.description !== undefined && { Description: record.description }),
  ServiceCount: servicesOf(place, record.id).length,
  Properties: {
    DnsProperties: record.dns ? { HostedZoneId: record.dns.hostedZoneId, SOA: { TTL: record.dns.soaTtlSeconds } } : { SOA: {} as never },
    HttpProperties: { HttpName: record.name },
  },
  CreateDate: new Date(record.createdMs),
  CreatorRequestId: record.requestId,
});

export const describeService = (place: Place, record: ServiceRecord): Service => ({
  Id: record.id,
  Arn: arnOf(place, record.id),
  ResourceOwner: place.account,
  Name: record.name,
  NamespaceId: record.namespaceId,
  ...(record.description !== undefined && { Description: record.description }),
  InstanceCount: instancesOf(place, record.id).length,
  Type: record.dnsConfig ? "DNS_HTTP" : "HTTP",
  ...(record.dnsConfig && { DnsConfig: { NamespaceId: record.namespaceId, ...record.dnsConfig } }),
  ...(record.customHealth && { HealthCheckCustomConfig: { FailureThreshold: 1 } }),
  CreateDate: new Date(record.createdMs),
  CreatorRequestId: record.requestId,
});
