/** The resource types of which the rules know whether something is to be said. */
import { rules } from "./rules/index.ts";

/** What ties others together, and has nothing that could be unsafe by itself, or is read with what it belongs to. */
const ties = [
  "AWS::ApplicationAutoScaling::ScalableTarget",
  "AWS::ApplicationAutoScaling::ScalingPolicy",
  "AWS::Backup::BackupPlan",
  "AWS::Backup::BackupSelection",
  "AWS::Backup::BackupVault",
  "AWS::CDK::Metadata",
  "AWS::CloudFormation::WaitConditionHandle",
  "AWS::CloudFront::CachePolicy",
  "AWS::CloudFront::OriginAccessControl",
  "AWS::CloudFront::OriginRequestPolicy",
  "AWS::CloudFront::ResponseHeadersPolicy",
  "AWS::CloudWatch::Dashboard",
  "AWS::EC2::EIP",
  "AWS::EC2::FlowLog",
  "AWS::EC2::InternetGateway",
  "AWS::EC2::NatGateway",
  "AWS::EC2::Route",
  "AWS::EC2::RouteTable",
  "AWS::EC2::SecurityGroupEgress",
  "AWS::EC2::SubnetRouteTableAssociation",
  "AWS::EC2::VPCEndpoint",
  "AWS::EC2::VPCGatewayAttachment",
  "AWS::EC2::VPCPeeringConnection",
  "AWS::ECS::ClusterCapacityProviderAssociations",
  "AWS::EFS::AccessPoint",
  "AWS::EFS::MountTarget",
  "AWS::ElastiCache::ParameterGroup",
  "AWS::ElastiCache::SubnetGroup",
  "AWS::Events::Rule",
  "AWS::IAM::InstanceProfile",
  "AWS::IAM::OIDCProvider",
  "AWS::KMS::Alias",
  "AWS::Logs::LogStream",
  "AWS::Logs::MetricFilter",
  "AWS::RDS::DBClusterParameterGroup",
  "AWS::RDS::DBParameterGroup",
  "AWS::RDS::DBProxyTargetGroup",
  "AWS::RDS::DBSubnetGroup",
  "AWS::RDS::GlobalCluster",
  "AWS::Route53::HealthCheck",
  "AWS::Route53::HostedZone",
  "AWS::Route53::RecordSet",
  "AWS::Route53::RecordSetGroup",
  "AWS::SNS::Subscription",
  "AWS::SSM::Parameter",
  "AWS::Scheduler::Schedule",
  "AWS::SecretsManager::RotationSchedule",
  "AWS::SecretsManager::SecretTargetAttachment",
  "AWS::ServiceDiscovery::PrivateDnsNamespace",
  "AWS::ServiceDiscovery::Service",
  "AWS::WAFv2::IPSet",
  "AWS::WAFv2::LoggingConfiguration",
  "AWS::WAFv2::RegexPatternSet",
  "AWS::WAFv2::WebACLAssociation",
];

let known: Set<string> | undefined;

export function knownType(type: string): boolean {
  known ??= new Set([...ties, ...rules.flatMap(({ types }) => types)]);
  return known.has(type);
}
