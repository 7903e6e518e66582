/** What AWS calls the things of an app that do not begin with its name and stage, for policies that name them. Pure. */
import type { Assembly } from "@plinth/compiler";

/** The properties with which an app says what AWS calls a thing. */
const namingProperties: readonly [service: string, pattern: RegExp, property: string][] = [
  ["ecr", /^AWS::ECR::Repository$/, "RepositoryName"],
  ["ecs", /^AWS::ECS::Cluster$/, "ClusterName"],
  ["ecs", /^AWS::ECS::TaskDefinition$/, "Family"],
  ["iam", /^AWS::IAM::Role$/, "RoleName"],
  ["logs", /^AWS::Logs::LogGroup$/, "LogGroupName"],
  ["rds", /^AWS::RDS::/, "DBInstanceIdentifier"],
  ["rds", /^AWS::RDS::/, "DBClusterIdentifier"],
  ["s3", /^AWS::S3::Bucket$/, "BucketName"],
  ["sns", /^AWS::SNS::Topic$/, "TopicName"],
  ["sqs", /^AWS::SQS::Queue$/, "QueueName"],
];

/** By service. @param pattern for the stage's name in them: `pr-*` for all that begin so. */
export function pinnedNames(pattern: string, assemblies: readonly Assembly[]): Map<string, string[]> {
  const pinned = new Map<string, string[]>();
  for (const { stage, stacks, secrets } of assemblies) {
    const note = (service: string, name: unknown) => {
      if (typeof name === "string") pinned.set(service, [...(pinned.get(service) ?? []), name.replaceAll(stage, pattern)]);
    };
    for (const { store, id } of secrets) note(store === "parameter-store" ? "ssm" : "secretsmanager", id.replace(/^\//, ""));
    for (const { Type, Properties } of stacks.flatMap(({ template }) => Object.values(template.Resources)))
      for (const [service, pattern, property] of namingProperties) if (pattern.test(Type)) note(service, Properties?.[property]);
  }
  return pinned;
}
