/** How the items of the price list are found in AWS's own: a service's code, and attributes that leave exactly one product. */

export interface Selector {
  serviceCode: string;
  /** Attributes that the product must have exactly. `usagetype` without the region's prefix. */
  attributes: Readonly<Record<string, string>>;
  /** What turns a price of AWS's unit into one of ours: 1,000,000 where we count in millions. @default 1 */
  perUnit?: number;
  /** Whether the usage type carries the region's prefix in us-east-1, too. @default false */
  prefixedAtHome?: boolean;
}

const million = 1e6;
const fargate = (usagetype: string): Selector => ({ serviceCode: "AmazonECS", attributes: { usagetype }, prefixedAtHome: true });
const rds = (attributes: Record<string, string>): Selector => ({
  serviceCode: "AmazonRDS",
  attributes: { databaseEngine: "PostgreSQL", ...attributes },
});
const usage = (serviceCode: string, usagetype: string, perUnit?: number, more: Record<string, string> = {}): Selector => ({
  serviceCode,
  attributes: { usagetype, ...more },
  ...(perUnit && { perUnit }),
});
const prefixed = (serviceCode: string, usagetype: string, perUnit?: number): Selector => ({
  ...usage(serviceCode, usagetype, perUnit),
  prefixedAtHome: true,
});

const fixed: Readonly<Record<string, Selector>> = {
  "fargate x86.vcpuHour": fargate("Fargate-vCPU-Hours:perCPU"),
  "fargate x86.gbHour": fargate("Fargate-GB-Hours"),
  "fargate arm.vcpuHour": fargate("Fargate-ARM-vCPU-Hours:perCPU"),
  "fargate arm.gbHour": fargate("Fargate-ARM-GB-Hours"),
  "fargate ephemeralGbHourOver20": fargate("Fargate-EphemeralStorage-GB-Hours"),
  "apprunner active.vcpuHour": prefixed("AWSAppRunner", "AppRunner-vCPU-hours"),
  "apprunner active.gbHour": prefixed("AWSAppRunner", "AppRunner-GB-hours"),
  "apprunner provisioned.gbHour": prefixed("AWSAppRunner", "AppRunner-Provisioned-GB-hours"),
  "rds.postgres storage.gp3.singleAz": rds({ usagetype: "RDS:GP3-Storage" }),
  "rds.postgres storage.gp3.multiAz": rds({ usagetype: "RDS:Multi-AZ-GP3-Storage" }),
  "rds.postgres storage.gp2.singleAz": rds({ usagetype: "RDS:GP2-Storage" }),
  "rds.postgres storage.gp3.iopsOverIncluded": rds({ usagetype: "RDS:GP3-PIOPS" }),
  "rds.postgres backupOverFree": rds({ usagetype: "RDS:ChargedBackupUsage" }),
  "aurora.postgres serverlessV2.acuHour": {
    serviceCode: "AmazonRDS",
    attributes: { databaseEngine: "Aurora PostgreSQL", usagetype: "Aurora:ServerlessV2Usage" },
  },
  "aurora.postgres storage": usage("AmazonRDS", "Aurora:StorageUsage"),
  "aurora.postgres ioRequests": usage("AmazonRDS", "Aurora:StorageIOUsage", million),
  "aurora.postgres backupOverFree": usage("AmazonRDS", "Aurora:BackupUsage"),
  "alb hour": usage("AWSELB", "LoadBalancerUsage", 1, { operation: "LoadBalancing:Application" }),
  "alb lcuHour": usage("AWSELB", "LCUUsage", 1, { operation: "LoadBalancing:Application" }),
  "nlb hour": usage("AWSELB", "LoadBalancerUsage", 1, { operation: "LoadBalancing:Network" }),
  "nlb lcuHour": usage("AWSELB", "LCUUsage", 1, { operation: "LoadBalancing:Network" }),
  "nat hour": usage("AmazonEC2", "NatGateway-Hours", 1, { productFamily: "NAT Gateway" }),
  "nat gb": usage("AmazonEC2", "NatGateway-Bytes", 1, { productFamily: "NAT Gateway" }),
  "vpcEndpoint.interface hour": prefixed("AmazonVPC", "VpcEndpoint-Hours"),
  "vpcEndpoint.interface gb": prefixed("AmazonVPC", "VpcEndpoint-Bytes"),
  "publicIpv4 hour": prefixed("AmazonVPC", "PublicIPv4:InUseAddress"),
  "efs standard": usage("AmazonEFS", "TimedStorage-ByteHrs"),
  "efs infrequentAccess": usage("AmazonEFS", "IATimedStorage-ByteHrs"),
  "s3 standard": usage("AmazonS3", "TimedStorage-ByteHrs", 1, { volumeType: "Standard" }),
  "s3 putCopyPostList": usage("AmazonS3", "Requests-Tier1", 1000, { group: "S3-API-Tier1" }),
  "s3 get": usage("AmazonS3", "Requests-Tier2", 1000, { group: "S3-API-Tier2" }),
  "ecr storage": usage("AmazonECR", "TimedStorage-ByteHrs"),
  "secretsManager secret": prefixed("AWSSecretsManager", "AWSSecretsManager-Secrets"),
  "ssm advancedParameter": prefixed("AWSSystemsManager", "PS-Advanced-Param-Tier1"),
  "cloudwatch logs.ingest": usage("AmazonCloudWatch", "DataProcessing-Bytes"),
  "cloudwatch logs.storage": usage("AmazonCloudWatch", "TimedStorage-ByteHrs"),
  "cloudwatch logs.vendedToLogs": prefixed("AmazonCloudWatch", "VendedLog-Bytes"),
  "cloudwatch customMetric": usage("AmazonCloudWatch", "CW:MetricMonitorUsage"),
  "cloudwatch alarm.standard": usage("AmazonCloudWatch", "CW:AlarmMonitorUsage"),
  "waf webAcl": prefixed("awswaf", "WebACLV2"),
  "waf rule": prefixed("awswaf", "RuleV2"),
  "waf requests": { ...usage("awswaf", "RequestV2-Tier1", million), prefixedAtHome: true },
  "dataTransfer internetOut.first10TB": usage("AWSDataTransfer", "DataTransfer-Out-Bytes", 1, { transferType: "AWS Outbound" }),
  "lambda requests": usage("AWSLambda", "Request", million, { group: "AWS-Lambda-Requests" }),
  "lambda x86.gbSecond": usage("AWSLambda", "Lambda-GB-Second", 1, { group: "AWS-Lambda-Duration" }),
  "lambda arm.gbSecond": usage("AWSLambda", "Lambda-GB-Second-ARM", 1, { group: "AWS-Lambda-Duration-ARM" }),
  "ebs gp3": usage("AmazonEC2", "EBS:VolumeUsage.gp3"),
};

/** The selector of an item, or `undefined`: of prices that no list has (Spot), or that are not found by attributes. */
export function selectorOf(service: string, item: string): Selector | undefined {
  const known = fixed[`${service} ${item}`];
  if (known) return known;
  const [, database, zones] = /^(db\.[\w.]+)\.(singleAz|multiAz)$/.exec(item) ?? [];
  if (service === "rds.postgres" && database !== undefined) {
    return rds({
      instanceType: database,
      deploymentOption: zones === "multiAz" ? "Multi-AZ" : "Single-AZ",
      productFamily: "Database Instance",
      storage: "EBS Only",
      licenseModel: "No license required",
    });
  }
  const engine = { "elasticache.redis": "Redis", "elasticache.valkey": "Valkey" }[service];
  if (engine !== undefined && item.startsWith("cache."))
    return { serviceCode: "AmazonElastiCache", attributes: { instanceType: item, cacheEngine: engine, usagetype: `NodeUsage:${item}` } };
  if (service === "ec2")
    return usage("AmazonEC2", `BoxUsage:${item}`, 1, {
      operatingSystem: "Linux",
      tenancy: "Shared",
      preInstalledSw: "NA",
      capacitystatus: "Used",
    });
  return undefined;
}
