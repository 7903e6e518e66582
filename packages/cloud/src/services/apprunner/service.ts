/** What is kept of a service: what it is to be, what serves, and the operations that made it so. */
import type {
  HealthCheckConfiguration,
  OperationStatus,
  OperationType,
  Service,
  ServiceStatus,
  ServiceSummary,
  SourceConfiguration,
} from "@aws-sdk/client-apprunner";
import { resourceNotFound } from "./errors.ts";
import type { Scope } from "./names.ts";
import type { Tagged } from "./tags.ts";

/** What an update may change. */
export interface ServiceConfiguration {
  source: SourceConfiguration;
  /** CPU units, 1024 for each vCPU. */
  cpu: number;
  memoryMib: number;
  instanceRoleArn?: string;
  health: Required<HealthCheckConfiguration>;
  autoScalingArn: string;
  network: { egressType: "DEFAULT" | "VPC"; vpcConnectorArn?: string };
  observability?: { ObservabilityEnabled: boolean; ObservabilityConfigurationArn?: string };
}

export interface OperationRecord {
  id: string;
  type: OperationType;
  status: OperationStatus;
  /** The service's status when it began. */
  from: ServiceStatus | undefined;
  /** The image that it deploys, by digest; the one that the source's tag stands for where it is absent. */
  image?: string;
  startedMs: number;
  updatedMs: number;
  endedMs?: number;
  /** Why it did not come about. */
  failure?: string;
}

export interface DomainRecord {
  name: string;
  withWww: boolean;
  /** One CNAME for each name, which proves whose it is. */
  validation: { name: string; recordName: string; recordValue: string; found: boolean }[];
}

export interface ServiceRecord extends Tagged {
  arn: string;
  name: string;
  id: string;
  createdMs: number;
  updatedMs: number;
  deletedMs?: number;
  status: ServiceStatus;
  configuration: ServiceConfiguration;
  /** What came up last: it serves, and what fails goes back to it. `image` is by digest. */
  serving?: { configuration: ServiceConfiguration; image: string };
  kmsKey?: string;
  /** Its own loopback address, and the port that stands for 443 where this user may not listen on that. */
  address: string;
  entryPort?: number;
  /** The newest last. */
  operations: OperationRecord[];
  domains: DomainRecord[];
  token?: string;
}

const mostOperations = 100;
/** How long a deleted service is still answered. */
const deletedKeptMs = 3_600_000;

const kept = ({ cloud }: Pick<Scope, "cloud">) => cloud.store.collection<ServiceRecord>("apprunner:service");

/** All of a region, the oldest first; those deleted within the hour among them. */
export function services(scope: Scope): ServiceRecord[] {
  const nowMs = scope.cloud.world.clock.nowMs();
  return kept(scope)
    .list(scope.region)
    .filter((record) => isAnswered(record, nowMs))
    .toSorted((a, b) => a.createdMs - b.createdMs);
}

export const allServices = (cloud: Scope["cloud"]): { region: string; record: ServiceRecord }[] =>
  kept({ cloud })
    .all()
    .map(({ scope, value }) => ({ region: scope, record: value }));

const isAnswered = ({ deletedMs }: ServiceRecord, nowMs: number) => deletedMs === undefined || nowMs - deletedMs < deletedKeptMs;

export function findService(scope: Scope, arn: string): ServiceRecord | undefined {
  const found = kept(scope).get(scope.region, arn);
  return found && isAnswered(found, scope.cloud.world.clock.nowMs()) ? found : undefined;
}

export function requireService(scope: Scope, arn: string): ServiceRecord {
  const found = findService(scope, arn);
  if (!found) throw resourceNotFound("Service", arn);
  return found;
}

export function saveService(scope: Scope, record: ServiceRecord): void {
  record.operations = record.operations.slice(-mostOperations);
  kept(scope).put(scope.region, record.arn, record);
}

/** Changes it as it is now on disk; nothing where it has gone. */
export function changeService(scope: Scope, arn: string, change: (record: ServiceRecord) => void): ServiceRecord | undefined {
  const record = kept(scope).get(scope.region, arn);
  if (!record) return undefined;
  change(record);
  saveService(scope, record);
  return record;
}

/** Without a scheme, as AWS gives it (decision 50). */
export const urlOf = ({ address, entryPort }: Pick<ServiceRecord, "address" | "entryPort">): string =>
  entryPort === undefined ? address : `${address}:${entryPort}`;

export const summaryOfService = (record: ServiceRecord): ServiceSummary => ({
  ServiceName: record.name,
  ServiceId: record.id,
  ServiceArn: record.arn,
  ServiceUrl: urlOf(record),
  CreatedAt: new Date(record.createdMs),
  UpdatedAt: new Date(record.updatedMs),
  Status: record.status,
});

export function describeService(record: ServiceRecord, autoScaling: Service["AutoScalingConfigurationSummary"]): Service {
  const { configuration } = record;
  const { source, cpu, memoryMib, instanceRoleArn, health, network, observability } = configuration;
  return {
    ...(summaryOfService(record) as Required<ServiceSummary>),
    ...(record.deletedMs !== undefined && { DeletedAt: new Date(record.deletedMs) }),
    SourceConfiguration: source,
    InstanceConfiguration: {
      Cpu: String(cpu),
      Memory: String(memoryMib),
      ...(instanceRoleArn !== undefined && { InstanceRoleArn: instanceRoleArn }),
    },
    ...(record.kmsKey !== undefined && { EncryptionConfiguration: { KmsKey: record.kmsKey } }),
    HealthCheckConfiguration: health,
    AutoScalingConfigurationSummary: autoScaling,
    NetworkConfiguration: {
      EgressConfiguration: {
        EgressType: network.egressType,
        ...(network.vpcConnectorArn !== undefined && { VpcConnectorArn: network.vpcConnectorArn }),
      },
      IngressConfiguration: { IsPubliclyAccessible: true },
      IpAddressType: "IPV4",
    },
    ObservabilityConfiguration: observability ?? { ObservabilityEnabled: false },
  };
}

export const isProven = ({ validation }: DomainRecord): boolean => validation.every(({ found }) => found);

/** The names of each domain that is proven. */
export const activeNames = ({ domains }: Pick<ServiceRecord, "domains">): string[][] =>
  domains.filter(isProven).map(({ validation }) => validation.map(({ name }) => name));
