/** The operations on service-linked roles: those that a service of AWS takes by itself, and that only it describes. */
import type { OperationContext } from "../../../service.ts";
import { operation } from "../../../service.ts";
import { awsManagedPolicies } from "../../../identity/aws-managed-policies.ts";
import { roles, type RoleRecord } from "../../../identity/entities.ts";
import { AwsError } from "../../../aws-error.ts";
import { describedRole } from "../described.ts";
import { invalidInput, noSuchEntity } from "../errors.ts";
import * as names from "../names.ts";
import { newEntity } from "../new-entity.ts";
import { mustFindRole } from "./role.ts";

/** The role's name after `AWSServiceRoleFor`, and AWS's managed policy for it. */
const linked: Readonly<Record<string, { name: string; policy?: string; suffix?: true }>> = {
  "application-autoscaling.amazonaws.com": { name: "ApplicationAutoScaling" },
  "autoscaling.amazonaws.com": { name: "AutoScaling", policy: "AutoScalingServiceRolePolicy", suffix: true },
  "backup.amazonaws.com": { name: "Backup", policy: "AWSBackupServiceLinkedRolePolicyForBackup" },
  "cloudfront.amazonaws.com": { name: "CloudFront" },
  "ecr.amazonaws.com": { name: "ECRTemplate", policy: "ECRTemplateServiceRolePolicy" },
  "ecs.amazonaws.com": { name: "ECS", policy: "AmazonECSServiceRolePolicy" },
  "ecs.application-autoscaling.amazonaws.com": {
    name: "ApplicationAutoScaling_ECSService",
    policy: "AWSApplicationAutoscalingECSServicePolicy",
  },
  "custom-resource.application-autoscaling.amazonaws.com": {
    name: "ApplicationAutoScaling_CustomResource",
    policy: "AWSApplicationAutoScalingCustomResourcePolicy",
  },
  "dynamodb.application-autoscaling.amazonaws.com": {
    name: "ApplicationAutoScaling_DynamoDBTable",
    policy: "AWSApplicationAutoscalingDynamoDBTablePolicy",
  },
  "lambda.application-autoscaling.amazonaws.com": {
    name: "ApplicationAutoScaling_LambdaConcurrency",
    policy: "AWSApplicationAutoscalingLambdaConcurrencyPolicy",
  },
  "rds.application-autoscaling.amazonaws.com": {
    name: "ApplicationAutoScaling_RDSCluster",
    policy: "AWSApplicationAutoscalingRDSClusterPolicy",
  },
  "elasticache.application-autoscaling.amazonaws.com": {
    name: "ApplicationAutoScaling_ElastiCacheRG",
    policy: "AWSApplicationAutoscalingElastiCacheRGPolicy",
  },
  "elasticbeanstalk.amazonaws.com": { name: "ElasticBeanstalk", policy: "AWSElasticBeanstalkServiceRolePolicy" },
  "maintenance.elasticbeanstalk.amazonaws.com": {
    name: "ElasticBeanstalkMaintenance",
    policy: "AWSElasticBeanstalkMaintenance",
  },
  "managedupdates.elasticbeanstalk.amazonaws.com": {
    name: "ElasticBeanstalkManagedUpdates",
    policy: "AWSElasticBeanstalkManagedUpdatesServiceRolePolicy",
  },
  "guardduty.amazonaws.com": { name: "AmazonGuardDuty", policy: "AmazonGuardDutyServiceRolePolicy" },
  "config.amazonaws.com": { name: "Config", policy: "AWSConfigServiceRolePolicy" },
  "organizations.amazonaws.com": { name: "Organizations", policy: "AWSOrganizationsServiceTrustPolicy" },
  "spot.amazonaws.com": { name: "EC2Spot", policy: "AWSEC2SpotServiceRolePolicy" },
  "spotfleet.amazonaws.com": { name: "EC2SpotFleet", policy: "AWSEC2SpotFleetServiceRolePolicy" },
  "eks.amazonaws.com": { name: "AmazonEKS", policy: "AmazonEKSServiceRolePolicy" },
  "elasticache.amazonaws.com": { name: "ElastiCache", policy: "ElastiCacheServiceRolePolicy" },
  "elasticfilesystem.amazonaws.com": { name: "AmazonElasticFileSystem", policy: "AmazonElasticFileSystemServiceRolePolicy" },
  "elasticloadbalancing.amazonaws.com": { name: "ElasticLoadBalancing", policy: "AWSElasticLoadBalancingServiceRolePolicy" },
  "lex.amazonaws.com": { name: "LexBots", policy: "LexBotPolicy" },
  "lexv2.amazonaws.com": { name: "LexV2Bots", policy: "AmazonLexV2BotPolicy", suffix: true },
  "opensearchservice.amazonaws.com": { name: "AmazonOpenSearchService", policy: "AmazonOpenSearchServiceRolePolicy" },
  "rds.amazonaws.com": { name: "RDS", policy: "AmazonRDSServiceRolePolicy" },
  "wafv2.amazonaws.com": { name: "WAFV2Logging", policy: "WAFV2LoggingServiceRolePolicy" },
};

const taken = (name: string) => invalidInput(`Service role name ${name} has been taken in this account, please try a different suffix.`);

export const createServiceLinkedRole = operation("iam", "CreateServiceLinkedRole", (input, context) => {
  const service = input.AWSServiceName!;
  names.check({
    customSuffix: [input.CustomSuffix, { length: [1, 64], pattern: "[\\w+=,.@-]+" }],
    description: [input.Description, names.description],
  });
  const known = linked[service] ?? { name: nameFrom(service), suffix: true as const };
  if (!/^[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com$/.test(service))
    throw invalidInput(`Service ${service} is not a valid service principal.`);
  if (input.CustomSuffix !== undefined && !known.suffix) throw invalidInput(`Custom suffix is not allowed for ${service}`);
  const name = `AWSServiceRoleFor${known.name}${input.CustomSuffix === undefined ? "" : `_${input.CustomSuffix}`}`;
  if (roles(context.cloud).alike(name)) throw taken(name);
  const policy = awsManagedPolicies().find((one) => one.name === known.policy && one.path === "/aws-service-role/");
  const role: RoleRecord = {
    ...newEntity(context, "role", name, `/aws-service-role/${service}/`),
    trust: JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Action: ["sts:AssumeRole"], Effect: "Allow", Principal: { Service: [service] } }],
    }),
    ...(input.Description !== undefined && { description: input.Description }),
    maxSessionSeconds: 3600,
    inline: {},
    attached: policy ? [policy.arn] : [],
    tags: {},
  };
  roles(context.cloud).put(role);
  return { Role: describedRole(role) };
});

/** A service that the table does not have is named after itself: `network-firewall.amazonaws.com` → `NetworkFirewall`. */
const nameFrom = (service: string) =>
  service
    .replace(/\.amazonaws\.com$/, "")
    .split(/[-.]/)
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join("");

const tasks = (context: OperationContext) => context.cloud.store.collection<true>("iam:role-deletion");

export const deleteServiceLinkedRole = operation("iam", "DeleteServiceLinkedRole", (input, context) => {
  const role = mustFindRole(context, input.RoleName!);
  const service = /^\/aws-service-role\/([^/]+)\/$/.exec(role.path)?.[1];
  if (service === undefined) throw new AwsError("InvalidInput", `The role ${role.name} is not a service-linked role.`);
  const DeletionTaskId = `task/aws-service-role/${service}/${role.name}/${context.cloud.world.random.uuid()}`;
  roles(context.cloud).delete(role.name);
  tasks(context).put("global", DeletionTaskId, true);
  return { DeletionTaskId };
});

export const getServiceLinkedRoleDeletionStatus = operation("iam", "GetServiceLinkedRoleDeletionStatus", (input, context) => {
  if (!tasks(context).has("global", input.DeletionTaskId!)) throw noSuchEntity(`Deletion task ${input.DeletionTaskId} cannot be found.`);
  return { Status: "SUCCEEDED" as const };
});
