/** What runs code: services and tasks of ECS, Lambda functions, machines, App Runner. */
import { asNumber, asRecord, asRecords, isTrue, type Facts, type Resource } from "../../facts.ts";
import { groupIds, type Ports } from "../groups.ts";
import type { UnnamedPlace } from "../places.ts";
import { idsOf, type Subnet } from "../routes.ts";

const allPorts: Ports[] = [{ protocol: "any", from: 0, to: 65_535 }];
export const tcp = (port: number): Ports => ({ protocol: "tcp", from: port, to: port });

export function programs(facts: Facts, subnet: (id: string) => Subnet): UnnamedPlace[] {
  return [
    ...facts.ofType("AWS::ECS::Service").map((one) => service(facts, one)),
    ...facts.ofType("AWS::Events::Rule").flatMap((one) => scheduled(facts, one, asRecords(one.properties["Targets"]))),
    ...facts.ofType("AWS::Scheduler::Schedule").flatMap((one) => scheduled(facts, one, [asRecord(one.properties["Target"])])),
    ...oneOff(facts),
    ...facts.ofType("AWS::EC2::Instance").map((one) => machine(facts, one, subnet)),
    ...facts.ofType("AWS::Lambda::Function").map((one) => lambda(facts, one)),
    ...facts.ofType("AWS::AppRunner::Service").map((one) => appRunner(facts, one)),
  ];
}

export const common = ({ id, logicalId, type, key, source }: Resource) => ({
  id,
  logicalId,
  type,
  ...(key !== undefined && { key }),
  ...(source !== undefined && { source }),
});

function awsvpc(configuration: unknown) {
  const network = asRecord(configuration);
  // EventBridge's rules write it otherwise than ECS does.
  const {
    Subnets: subnets,
    SecurityGroups: groups,
    AssignPublicIp: assigns,
  } = asRecord(network["AwsvpcConfiguration"] ?? network["AwsVpcConfiguration"]);
  return { subnets: idsOf(subnets), groups: groupIds(groups), publicAddress: assigns === "ENABLED" };
}

/** The ports on which the containers of a task listen. */
function portsOf(facts: Facts, taskDefinition: unknown): Ports[] {
  return asRecords(facts.named(taskDefinition)?.properties["ContainerDefinitions"]).flatMap(({ PortMappings: mappings }) =>
    asRecords(mappings).flatMap(({ ContainerPort: port, Protocol: protocol }) => {
      const number = asNumber(port);
      return number === undefined ? [] : [{ protocol: protocol === "udp" ? "udp" : "tcp", from: number, to: number }];
    }),
  );
}

function service(facts: Facts, resource: Resource): UnnamedPlace {
  const { NetworkConfiguration: network, TaskDefinition: definition } = resource.properties;
  return { ...common(resource), kind: "program", ...awsvpc(network), listens: portsOf(facts, definition) };
}

/** Tasks that EventBridge starts, unless they are known as programs already. */
function scheduled(facts: Facts, resource: Resource, targets: readonly Readonly<Record<string, unknown>>[]): UnnamedPlace[] {
  const known = (facts.system.programs ?? []).map(({ taskDefinition }) => facts.named(facts.output(taskDefinition))?.id);
  return targets.flatMap((target) => {
    const { NetworkConfiguration: network, TaskDefinitionArn, TaskDefinition } = asRecord(target["EcsParameters"]);
    const definition = TaskDefinitionArn ?? TaskDefinition;
    if (definition === undefined || known.includes(facts.named(definition)?.id ?? "")) return [];
    return [{ ...common(resource), kind: "program" as const, ...awsvpc(network), listens: portsOf(facts, definition) }];
  });
}

function oneOff(facts: Facts): UnnamedPlace[] {
  return (facts.system.programs ?? []).map(({ name, source, taskDefinition, subnets, securityGroups, assignPublicIp }) => {
    const definition = facts.named(facts.output(taskDefinition));
    return {
      id: definition?.id ?? name,
      logicalId: name,
      type: "AWS::ECS::TaskDefinition",
      key: name,
      ...(source !== undefined && { source }),
      kind: "program",
      subnets: subnets.flatMap((one) => idsOf(facts.output(one))),
      groups: securityGroups.flatMap((one) => groupIds(facts.output(one))),
      publicAddress: assignPublicIp,
      listens: definition ? portsOf(facts, facts.output(taskDefinition)) : [],
    };
  });
}

function machine(facts: Facts, resource: Resource, subnet: (id: string) => Subnet): UnnamedPlace {
  const { SubnetId, SecurityGroupIds, NetworkInterfaces } = resource.properties;
  const interfaces = asRecords(NetworkInterfaces);
  const subnets = [...idsOf(SubnetId), ...interfaces.flatMap((one) => idsOf(one["SubnetId"]))];
  const addresses = facts.ofType("AWS::EC2::EIP", "AWS::EC2::EIPAssociation");
  const said = interfaces.map((one) => one["AssociatePublicIpAddress"]).find((one) => one !== undefined);
  return {
    ...common(resource),
    kind: "program",
    subnets,
    groups: [...groupIds(SecurityGroupIds), ...interfaces.flatMap((one) => groupIds(one["GroupSet"]))],
    publicAddress:
      isTrue(said) ||
      (said === undefined && subnets.some((id) => subnet(id).mapsPublic)) ||
      addresses.some(({ properties }) => facts.named(properties["InstanceId"])?.id === resource.id),
    listens: allPorts,
  };
}

function lambda(facts: Facts, resource: Resource): UnnamedPlace {
  const { SubnetIds, SecurityGroupIds } = asRecord(resource.properties["VpcConfig"]);
  const hasUrl = facts
    .ofType("AWS::Lambda::Url")
    .some(({ properties }) => facts.named(properties["TargetFunctionArn"])?.id === resource.id);
  const subnets = idsOf(SubnetIds);
  return {
    ...common(resource),
    kind: "program",
    subnets,
    groups: groupIds(SecurityGroupIds),
    publicAddress: hasUrl,
    listens: hasUrl ? [tcp(443)] : [],
    ...((hasUrl || subnets.length === 0) && { outside: true }),
  };
}

function appRunner(facts: Facts, resource: Resource): UnnamedPlace {
  const { EgressConfiguration, IngressConfiguration } = asRecord(resource.properties["NetworkConfiguration"]);
  const connector = facts.named(asRecord(EgressConfiguration)["VpcConnectorArn"])?.properties ?? {};
  const isPublic = asRecord(IngressConfiguration)["IsPubliclyAccessible"];
  return {
    ...common(resource),
    kind: "program",
    subnets: idsOf(connector["Subnets"]),
    groups: groupIds(connector["SecurityGroups"]),
    publicAddress: isPublic === undefined || isTrue(isPublic),
    listens: [tcp(443)],
    outside: true,
  };
}
