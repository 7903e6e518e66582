/** hebo as its write-up has it: Aurora with a reader, App Runner; a preview whose database sleeps; the same on ECS. */
import { fargate, template } from "./template.ts";

const aurora = (minimum: number, maximum: number, readers: number): Parameters<typeof template>[0] => ({
  Database: [
    "RDS::DBCluster",
    { Engine: "aurora-postgresql", ServerlessV2ScalingConfiguration: { MinCapacity: minimum, MaxCapacity: maximum } },
  ],
  ...Object.fromEntries(
    Array.from({ length: 1 + readers }, (_, index) => [
      `Instance${index}`,
      ["RDS::DBInstance", { DBClusterIdentifier: { Ref: "Database" }, Engine: "aurora-postgresql", DBInstanceClass: "db.serverless" }],
    ]),
  ),
});

export const heboDatabase = template(aurora(0.5, 8, 1));
export const heboReaderAbroad = template(aurora(0.5, 8, 0));
export const heboPreview = template(aurora(0, 4, 0));

const runner: [string, Record<string, unknown>] = [
  "AppRunner::Service",
  { InstanceConfiguration: { Cpu: "1 vCPU", Memory: "2 GB" }, SourceConfiguration: { AutoDeploymentsEnabled: false } },
];
export const heboRunner = template({ Api: runner, Gateway: runner });

export const heboOnEcs = template({
  ...fargate("Api", 1024, 2048, { public: true }),
  ...fargate("Gateway", 1024, 2048, { public: true }),
  Balancer: ["ElasticLoadBalancingV2::LoadBalancer", { Scheme: "internet-facing", Subnets: ["subnet-1", "subnet-2"] }],
});
