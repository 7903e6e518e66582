/** Service Connect: the names under which a service publishes its ports in a namespace, and what joins the namespace to call them. */
import type { ServiceConnectConfiguration, ServiceConnectServiceResource } from "@aws-sdk/client-ecs";
import { AwsError } from "../../aws-error.ts";
import { servicePrincipal } from "../../identity/principal.ts";
import type { ClusterRecord } from "./cluster.ts";
import { invalidParameter, notHere } from "./errors.ts";
import type { Scope } from "./names.ts";
import type { TaskDefinitionRecord } from "./task-definition.ts";

export interface PublishedPort {
  portName: string;
  containerPort: number;
  /** The service in Cloud Map. */
  discoveryName: string;
  discoveryArn: string;
  /** What other tasks call it, with the port that they call. */
  alias: { name: string; port: number } | undefined;
}

export interface ConnectRecord {
  /** As it was given. */
  given: ServiceConnectConfiguration;
  namespace: { id: string; arn: string; name: string };
  ports: PublishedPort[];
}

const asEcs = ({ cloud, account, region }: Scope) => cloud.as(servicePrincipal(account, "ecs.amazonaws.com"), region);
const namespaceMissing = () => new AwsError("NamespaceNotFoundException", "The specified namespace wasn't found.");

/** By name or ARN. */
export async function findNamespace(scope: Scope, given: string): Promise<ConnectRecord["namespace"] | undefined> {
  const call = asEcs(scope);
  const { Namespaces: found = [] } = await call(
    "servicediscovery",
    "ListNamespaces",
    given.startsWith("arn:") ? {} : { Filters: [{ Name: "NAME", Values: [given] }] },
  );
  const own = found.find(({ Arn, Name }) => Arn === given || Name === given);
  return own && { id: own.Id!, arn: own.Arn!, name: own.Name! };
}

/** The namespace of that name, made when it is missing, as a cluster's default is. */
export async function requireNamespace(scope: Scope, given: string): Promise<ConnectRecord["namespace"]> {
  const found = await findNamespace(scope, given);
  if (found) return found;
  if (given.startsWith("arn:")) throw namespaceMissing();
  await asEcs(scope)("servicediscovery", "CreateHttpNamespace", { Name: given, Tags: [{ Key: "AmazonECSManaged", Value: "true" }] });
  return (await findNamespace(scope, given))!;
}

/** What a service's configuration means, checked against its task definition; `undefined` where it has none. */
export async function readServiceConnect(
  scope: Scope,
  cluster: ClusterRecord,
  given: ServiceConnectConfiguration | undefined,
  { definition }: TaskDefinitionRecord,
): Promise<ConnectRecord | undefined> {
  if (!given?.enabled) return undefined;
  const wanted = given.namespace ?? cluster.serviceConnectNamespace;
  if (wanted === undefined) {
    throw invalidParameter("A namespace is required for Service Connect: name one in the configuration, or give the cluster a default.");
  }
  const namespace = await findNamespace(scope, wanted);
  if (!namespace) throw namespaceMissing();
  const named = new Map(definition.containerDefinitions.flatMap(({ portMappings = [] }) => portMappings.map((port) => [port.name, port])));
  const ports: PublishedPort[] = [];
  for (const { portName = "", discoveryName = portName, clientAliases = [], tls } of given.services ?? []) {
    if (tls) throw notHere("TLS between services (Service Connect)");
    const port = named.get(portName);
    if (!port)
      throw invalidParameter(
        `The port name '${portName}' of the Service Connect configuration is not one of the task definition's port mappings.`,
      );
    if (!/^[a-z0-9_][a-z0-9_-]{0,63}$/.test(discoveryName)) {
      throw invalidParameter(
        `The discovery name '${discoveryName}' can have up to 64 lowercase letters, numbers, underscores and hyphens, and cannot begin with a hyphen.`,
      );
    }
    if (clientAliases.length > 1) throw invalidParameter(`At most one client alias can be specified for the port name '${portName}'.`);
    if (ports.some((each) => each.discoveryName === discoveryName)) {
      throw invalidParameter(`The discovery name '${discoveryName}' is used more than once: each published port needs one of its own.`);
    }
    const [alias] = clientAliases;
    if (alias?.testTrafficRules) throw notHere("test traffic of Service Connect");
    if (alias && !(alias.port! >= 1 && alias.port! <= 65_535))
      throw invalidParameter("The port of a client alias must be between 1 and 65535.");
    const dnsName = alias?.dnsName ?? `${discoveryName}.${namespace.name}`;
    ports.push({
      portName,
      containerPort: port.containerPort!,
      discoveryName,
      discoveryArn: await requireDiscoveryService(scope, namespace.id, discoveryName),
      alias: alias && { name: dnsName.toLowerCase(), port: alias.port! },
    });
  }
  return { given, namespace, ports };
}

async function requireDiscoveryService(scope: Scope, namespaceId: string, name: string): Promise<string> {
  const call = asEcs(scope);
  const { Services: found = [] } = await call("servicediscovery", "ListServices", {
    Filters: [{ Name: "NAMESPACE_ID", Values: [namespaceId] }],
  });
  const own = found.find((each) => each.Name === name);
  if (own) return own.Arn!;
  const { Service } = await call("servicediscovery", "CreateService", {
    Name: name,
    NamespaceId: namespaceId,
    Description: "Managed by Amazon ECS",
  });
  return Service!.Arn!;
}

/** What describes say was made of it. */
export const connectResources = ({ ports }: ConnectRecord): ServiceConnectServiceResource[] =>
  ports.map(({ discoveryName, discoveryArn }) => ({ discoveryName, discoveryArn }));
