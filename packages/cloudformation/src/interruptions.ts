/**
 * Updates in place that interrupt: which property of which type, and what AWS says happens. AWS publishes this as prose only
 * ("Update requires: Some interruptions" in the CloudFormation User Guide); the service specification has no field for it, so the
 * table is kept by hand, for the types that templates of applications use. A property that is not in it is updated without interruption.
 */

export interface Interruption {
  /** What stands still, in a few words. */
  reason: string;
  /** Where AWS documents it. */
  source: string;
  /** Whether that is all: where the published schema says that an update may replace, the guide says that it does not. */
  inPlace: boolean;
}

interface Documented {
  inPlace?: true;
  properties: Readonly<Record<string, string | { reason: string; when(before: unknown, after: unknown): boolean }>>;
  source: string;
}

const guide = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/";
const restart = "the database restarts";

/** From 0 or to 0 days: automated backups are switched on or off. Any other change is made without interruption (ModifyDBInstance). */
const switchesBackups = (before: unknown, after: unknown) => (Number(before ?? 1) === 0) !== (Number(after ?? 1) === 0);

const documented: Readonly<Record<string, Documented>> = {
  "AWS::RDS::DBInstance": {
    source: `${guide}aws-resource-rds-dbinstance.html`,
    inPlace: true,
    properties: {
      AvailabilityZone: "the database moves to another zone",
      BackupRetentionPeriod: { reason: "the database pauses while backups are switched on or off", when: switchesBackups },
      CACertificateIdentifier: restart,
      DBInstanceClass: "the database is away while its class changes; with Multi-AZ as long as a failover takes",
      DBParameterGroupName: "the database restarts where static parameters differ",
      Engine: "the database is upgraded",
      EngineVersion: "the database is away while its engine is upgraded",
      MultiAZ: "the database may pause while the standby is made",
      PerformanceInsightsKMSKeyId: "some interruption",
      PreferredMaintenanceWindow: "pending maintenance starts at once if the new window includes now",
      StorageType: "the database may pause while its storage is converted",
    },
  },
  "AWS::RDS::DBCluster": {
    source: `${guide}aws-resource-rds-dbcluster.html`,
    inPlace: true,
    properties: {
      DBClusterParameterGroupName: "the cluster's instances restart where static parameters differ",
      EngineVersion: "the cluster is away while its engine is upgraded",
    },
  },
  "AWS::RDS::GlobalCluster": {
    source: `${guide}aws-resource-rds-globalcluster.html`,
    properties: { EngineVersion: "all clusters of it are away while their engine is upgraded" },
  },
  "AWS::ElastiCache::ReplicationGroup": {
    source: `${guide}aws-resource-elasticache-replicationgroup.html`,
    properties: {
      AuthToken: "clients with the old token are refused once it is replaced",
      NodeGroupConfiguration: "slots move between shards",
      NumNodeGroups: "slots move between shards",
    },
  },
  "AWS::EC2::Instance": {
    source: `${guide}aws-resource-ec2-instance.html`,
    properties: {
      InstanceType: "the instance stops and starts",
      UserData: "the instance stops and starts",
      EbsOptimized: "the instance stops and starts",
      KernelId: "the instance stops and starts",
      RamdiskId: "the instance stops and starts",
    },
  },
  "AWS::EC2::EIP": {
    source: `${guide}aws-resource-ec2-eip.html`,
    properties: { InstanceId: "the address moves to another instance", PublicIpv4Pool: "the address changes" },
  },
  "AWS::ElasticLoadBalancingV2::Listener": {
    source: `${guide}aws-resource-elasticloadbalancingv2-listener.html`,
    properties: {
      Certificates: "connections may be cut while the certificate is exchanged",
      SslPolicy: "connections may be cut under heavy traffic",
    },
  },
};

/** What an update in place of this property interrupts, if anything. */
export function interruptionOf(type: string, property: string, before: unknown, after: unknown): Interruption | undefined {
  const entry = Object.hasOwn(documented, type) ? documented[type] : undefined;
  const found = entry && Object.hasOwn(entry.properties, property) ? entry.properties[property] : undefined;
  if (!entry || found === undefined) return undefined;
  const { source, inPlace = false } = entry;
  if (typeof found === "string") return { reason: found, source, inPlace };
  return found.when(before, after) ? { reason: found.reason, source, inPlace } : undefined;
}

/** The properties in the table, by type: for a test that holds it against AWS's specification. */
export const interruptingProperties = (): [type: string, properties: string[]][] =>
  Object.entries(documented).map(([type, { properties }]) => [type, Object.keys(properties)]);
