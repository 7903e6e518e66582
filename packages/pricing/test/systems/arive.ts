/** arive as its write-up has it: two small services, Aurora that may pause, a load balancer, endpoints instead of NAT. */
import { balancer, endpoints, fargate, template } from "./template.ts";

export const arive = template({
  ...fargate("Api", 256, 512),
  ...fargate("Worker", 256, 512),
  Database: [
    "RDS::DBCluster",
    { Engine: "aurora-postgresql", ServerlessV2ScalingConfiguration: { MinCapacity: 0, MaxCapacity: 4, SecondsUntilAutoPause: 300 } },
  ],
  Writer: ["RDS::DBInstance", { DBClusterIdentifier: { Ref: "Database" }, Engine: "aurora-postgresql", DBInstanceClass: "db.serverless" }],
  ...balancer,
  ...endpoints("ecr.api", "ecr.dkr", "logs", "secretsmanager"),
  Uploads: ["S3::Bucket"],
  Images: ["ECR::Repository"],
  DatabaseSecret: ["SecretsManager::Secret"],
});
