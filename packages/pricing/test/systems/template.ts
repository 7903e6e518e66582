/** Pieces of templates for tests, as other tools than Plinth might write them. */
import type { Resource, Template } from "@plinth/cloudformation";

export const template = (resources: Record<string, [type: string, properties?: Record<string, unknown>]>): Template => ({
  Resources: Object.fromEntries(
    Object.entries(resources).map(([logicalId, [type, properties]]): [string, Resource] => [
      logicalId,
      { Type: `AWS::${type}`, ...(properties && { Properties: properties }) },
    ]),
  ),
});

export type Pieces = Parameters<typeof template>[0];

/** A service on Fargate with its task definition and its log group. */
export function fargate(
  name: string,
  cpu: number,
  memoryMB: number,
  more: { count?: number; public?: boolean; arm?: boolean; max?: number } = {},
): Pieces {
  return {
    [`${name}Logs`]: ["Logs::LogGroup", { RetentionInDays: 30 }],
    [`${name}Task`]: [
      "ECS::TaskDefinition",
      {
        Cpu: String(cpu),
        Memory: String(memoryMB),
        RequiresCompatibilities: ["FARGATE"],
        RuntimePlatform: { CpuArchitecture: more.arm ? "ARM64" : "X86_64" },
        ContainerDefinitions: [{ Name: name, LogConfiguration: { Options: { "awslogs-group": { Ref: `${name}Logs` } } } }],
      },
    ],
    [name]: [
      "ECS::Service",
      {
        LaunchType: "FARGATE",
        DesiredCount: more.count ?? 1,
        TaskDefinition: { Ref: `${name}Task` },
        NetworkConfiguration: { AwsvpcConfiguration: { AssignPublicIp: more.public ? "ENABLED" : "DISABLED", Subnets: ["subnet-1"] } },
      },
    ],
    ...(more.max !== undefined && {
      [`${name}Scaling`]: [
        "ApplicationAutoScaling::ScalableTarget",
        {
          MinCapacity: more.count ?? 1,
          MaxCapacity: more.max,
          ResourceId: { "Fn::Join": ["/", ["service", "cluster", { "Fn::GetAtt": [name, "Name"] }]] },
        },
      ] as [string, Record<string, unknown>],
    }),
  };
}

export const balancer: Pieces = {
  Balancer: ["ElasticLoadBalancingV2::LoadBalancer", { Scheme: "internet-facing", Subnets: ["subnet-1", "subnet-2"] }],
};

export const nats = (count: number): Pieces =>
  Object.fromEntries(
    Array.from({ length: count }, (_, index): [string, Pieces[string]][] => [
      [`NatAddress${index}`, ["EC2::EIP", { Domain: "vpc" }]],
      [
        `Nat${index}`,
        ["EC2::NatGateway", { AllocationId: { "Fn::GetAtt": [`NatAddress${index}`, "AllocationId"] }, SubnetId: "subnet-1" }],
      ],
    ]).flat(),
  );

export const endpoints = (...services: string[]): Pieces =>
  Object.fromEntries(
    services.map((service) => [
      `Endpoint${service.replaceAll(".", "")}`,
      [
        "EC2::VPCEndpoint",
        {
          VpcEndpointType: "Interface",
          ServiceName: { "Fn::Sub": `com.amazonaws.\${AWS::Region}.${service}` },
          SubnetIds: ["subnet-1", "subnet-2"],
        },
      ],
    ]),
  );
