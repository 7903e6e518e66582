/** Names are no longer than AWS takes. */
import { each, type Rule } from "../rule.ts";

/** The longest names that AWS takes: the property that names a resource of each type, and its length. */
const longest: Record<string, readonly [property: string, length: number]> = {
  "AWS::ElasticLoadBalancingV2::LoadBalancer": ["Name", 32],
  "AWS::ElasticLoadBalancingV2::TargetGroup": ["Name", 32],
  "AWS::SQS::Queue": ["QueueName", 80],
  "AWS::SNS::Topic": ["TopicName", 256],
  "AWS::S3::Bucket": ["BucketName", 63],
  "AWS::RDS::DBInstance": ["DBInstanceIdentifier", 63],
  "AWS::RDS::DBCluster": ["DBClusterIdentifier", 63],
  "AWS::ElastiCache::ReplicationGroup": ["ReplicationGroupId", 40],
  "AWS::IAM::Role": ["RoleName", 64],
  "AWS::IAM::ManagedPolicy": ["ManagedPolicyName", 128],
  "AWS::ECS::Cluster": ["ClusterName", 255],
  "AWS::ECS::Service": ["ServiceName", 255],
  "AWS::ECS::TaskDefinition": ["Family", 255],
  "AWS::EC2::SecurityGroup": ["GroupName", 255],
  "AWS::ECR::Repository": ["RepositoryName", 256],
  "AWS::SecretsManager::Secret": ["Name", 512],
  "AWS::CloudWatch::Alarm": ["AlarmName", 255],
  "AWS::Logs::LogGroup": ["LogGroupName", 512],
  "AWS::Lambda::Function": ["FunctionName", 64],
  "AWS::WAFv2::WebACL": ["Name", 128],
  "AWS::EFS::FileSystem": ["CreationToken", 64],
  "AWS::Scheduler::Schedule": ["Name", 64],
  "AWS::Events::ApiDestination": ["Name", 64],
  "AWS::Events::Archive": ["ArchiveName", 48],
  "AWS::Events::Connection": ["Name", 64],
  "AWS::Events::EventBus": ["Name", 256],
  "AWS::Events::Rule": ["Name", 64],
};

const types = Object.keys(longest);

export const rule: Rule = {
  id: "name-too-long",
  severity: "high",
  controls: [],
  types,
  reason: "AWS refuses it, and the stack fails.",
  remedy: "Shorten it; names that are left out AWS makes itself.",
  find: each(types, ({ type, properties }) => {
    const [property, length] = longest[type]!;
    const name = properties[property];
    if (typeof name !== "string" || name.length <= length) return undefined;
    // What AWS fills in counts as one character at least.
    const known = name.replaceAll(/⟨[^⟩]*⟩|\$\{[^}]*\}/gu, "x").length;
    return known > length && `${property} has ${known} characters, and AWS takes ${length}`;
  }),
};
