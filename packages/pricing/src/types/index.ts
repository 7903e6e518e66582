/** The table of resource types that have a price. What is in neither this table nor that of free types is said to be not priced. */
import type { PricedType } from "../priced-type.ts";
import { httpApi, restApi } from "./api-gateway.ts";
import { scalingPolicy } from "./application-auto-scaling-scaling-policy.ts";
import { appRunnerService } from "./apprunner-service.ts";
import { backupPlan } from "./backup-plan.ts";
import { backupVault } from "./backup-vault.ts";
import { cloudFrontFunction, distribution } from "./cloudfront-distribution.ts";
import { alarm } from "./cloudwatch-alarm.ts";
import { dashboard } from "./cloudwatch-dashboard.ts";
import { table } from "./dynamodb-table.ts";
import { elasticAddress } from "./ec2-eip.ts";
import { flowLog } from "./ec2-flow-log.ts";
import { instance, volume } from "./ec2-instance.ts";
import { natGateway } from "./ec2-nat-gateway.ts";
import { vpcEndpoint } from "./ec2-vpc-endpoint.ts";
import { publicRepository } from "./ecr-public-repository.ts";
import { repository } from "./ecr-repository.ts";
import { ecsCluster } from "./ecs-cluster.ts";
import { ecsService } from "./ecs-service.ts";
import { fileSystem } from "./efs-file-system.ts";
import { cacheCluster, replicationGroup } from "./elasticache-replication-group.ts";
import { serverlessCache } from "./elasticache-serverless-cache.ts";
import { loadBalancer } from "./elbv2-load-balancer.ts";
import { key } from "./kms-key.ts";
import { lambdaFunction } from "./lambda-function.ts";
import { logGroup } from "./logs-log-group.ts";
import { dbCluster } from "./rds-db-cluster.ts";
import { dbInstance } from "./rds-db-instance.ts";
import { dbProxy } from "./rds-db-proxy.ts";
import { globalCluster } from "./rds-global-cluster.ts";
import { healthCheck, hostedZone } from "./route53-hosted-zone.ts";
import { bucket } from "./s3-bucket.ts";
import { eventRule } from "./events-rule.ts";
import { schedule } from "./scheduler-schedule.ts";
import { secret } from "./secretsmanager-secret.ts";
import { topic } from "./sns-topic.ts";
import { queue } from "./sqs-queue.ts";
import { parameter } from "./ssm-parameter.ts";
import { webAcl } from "./wafv2-web-acl.ts";

export const pricedTypes: Readonly<Record<string, PricedType>> = {
  "AWS::ApiGateway::RestApi": restApi,
  "AWS::ApiGatewayV2::Api": httpApi,
  "AWS::AppRunner::Service": appRunnerService,
  "AWS::ApplicationAutoScaling::ScalingPolicy": scalingPolicy,
  "AWS::Backup::BackupPlan": backupPlan,
  "AWS::Backup::BackupVault": backupVault,
  "AWS::CloudFront::Distribution": distribution,
  "AWS::CloudFront::Function": cloudFrontFunction,
  "AWS::CloudWatch::Alarm": alarm,
  "AWS::CloudWatch::Dashboard": dashboard,
  "AWS::DynamoDB::Table": table,
  "AWS::EC2::EIP": elasticAddress,
  "AWS::EC2::FlowLog": flowLog,
  "AWS::EC2::Instance": instance,
  "AWS::EC2::NatGateway": natGateway,
  "AWS::EC2::VPCEndpoint": vpcEndpoint,
  "AWS::EC2::Volume": volume,
  "AWS::ECR::PublicRepository": publicRepository,
  "AWS::ECR::Repository": repository,
  "AWS::ECS::Cluster": ecsCluster,
  "AWS::ECS::Service": ecsService,
  "AWS::EFS::FileSystem": fileSystem,
  "AWS::ElastiCache::CacheCluster": cacheCluster,
  "AWS::ElastiCache::ReplicationGroup": replicationGroup,
  "AWS::ElastiCache::ServerlessCache": serverlessCache,
  "AWS::ElasticLoadBalancingV2::LoadBalancer": loadBalancer,
  "AWS::KMS::Key": key,
  "AWS::KMS::ReplicaKey": key,
  "AWS::Lambda::Function": lambdaFunction,
  "AWS::Events::Rule": eventRule,
  "AWS::Logs::LogGroup": logGroup,
  "AWS::RDS::DBCluster": dbCluster,
  "AWS::RDS::DBInstance": dbInstance,
  "AWS::RDS::DBProxy": dbProxy,
  "AWS::RDS::GlobalCluster": globalCluster,
  "AWS::Route53::HealthCheck": healthCheck,
  "AWS::Route53::HostedZone": hostedZone,
  "AWS::S3::Bucket": bucket,
  "AWS::SNS::Topic": topic,
  "AWS::SQS::Queue": queue,
  "AWS::SSM::Parameter": parameter,
  "AWS::Scheduler::Schedule": schedule,
  "AWS::SecretsManager::Secret": secret,
  "AWS::WAFv2::WebACL": webAcl,
};
