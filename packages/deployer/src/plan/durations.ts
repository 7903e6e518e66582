/**
 * How long CloudFormation typically takes for one resource, by type and change. AWS publishes hardly any of these times, so each says
 * where it comes from: `published` by AWS or by somebody who measured it, `measured` by us in the embedded cloud, or our `estimate`. The
 * past events of a stage (`past-durations.ts`) replace them one by one.
 */

export type TimedAction = "create" | "update" | "delete";
export type Basis = "past" | "measured" | "published" | "estimate";

export interface Duration {
  seconds: number;
  basis: Basis;
}

interface Typical {
  create: number;
  update: number;
  delete: number;
  basis: Basis;
  /** Who published it. */
  source?: string;
}

const minutes = 60;
const estimate = (create: number, update: number, remove: number): Typical => ({ create, update, delete: remove, basis: "estimate" });

/** On AWS. What is not named takes `ordinary`. */
const onAws: Readonly<Record<string, Typical>> = {
  "AWS::ApplicationAutoScaling::ScalableTarget": estimate(10, 5, 5),
  "AWS::AppRunner::Service": estimate(4 * minutes, 4 * minutes, 2 * minutes),
  "AWS::CertificateManager::Certificate": estimate(5 * minutes, 5 * minutes, 20),
  "AWS::CloudFront::Distribution": {
    create: 5 * minutes,
    update: 5 * minutes,
    delete: 10 * minutes,
    basis: "published",
    source:
      "https://aws.amazon.com/blogs/networking-and-content-delivery/slashing-cloudfront-change-propagation-times-in-2020-recent-changes-and-looking-forward/",
  },
  "AWS::EC2::Instance": estimate(1 * minutes, 2 * minutes, 2 * minutes),
  "AWS::EC2::InternetGateway": estimate(18, 5, 10),
  "AWS::EC2::NatGateway": estimate(2 * minutes, 10, 1 * minutes),
  "AWS::EC2::VPCEndpoint": estimate(1.5 * minutes, 30, 1.5 * minutes),
  "AWS::ECS::Service": estimate(2 * minutes, 3 * minutes, 3 * minutes),
  "AWS::EFS::MountTarget": estimate(1.5 * minutes, 10, 1 * minutes),
  "AWS::ElastiCache::ReplicationGroup": estimate(10 * minutes, 10 * minutes, 6 * minutes),
  "AWS::ElasticLoadBalancingV2::LoadBalancer": estimate(3 * minutes, 10, 30),
  "AWS::IAM::InstanceProfile": estimate(2 * minutes, 5, 5),
  "AWS::IAM::Role": estimate(18, 15, 5),
  "AWS::RDS::DBCluster": estimate(5 * minutes, 3 * minutes, 3 * minutes),
  "AWS::RDS::DBInstance": estimate(9 * minutes, 8 * minutes, 7 * minutes),
  "AWS::RDS::DBProxy": estimate(6 * minutes, 2 * minutes, 3 * minutes),
  "AWS::RDS::GlobalCluster": estimate(2 * minutes, 2 * minutes, 2 * minutes),
  "AWS::Route53::RecordSet": estimate(35, 35, 35),
  "AWS::SQS::Queue": estimate(60, 60, 60),
  "AWS::WAFv2::WebACL": estimate(15, 10, 10),
};
const ordinaryOnAws = estimate(8, 8, 6);

const measured = (create: number, update: number, remove: number): Typical => ({ create, update, delete: remove, basis: "measured" });

/** In the embedded cloud: medians of three deploys of examples/threa on two busy cores. A service waits for its program, which nobody knows. */
const embedded: Readonly<Record<string, Typical>> = {
  "AWS::ECS::Service": estimate(2, 2, 1),
  "AWS::ElastiCache::ReplicationGroup": measured(1, 1, 0.2),
  "AWS::RDS::DBInstance": measured(11, 2, 1),
};
const ordinaryEmbedded = measured(0.1, 0.1, 0.05);

export function typicalDuration(type: string, action: TimedAction, target: "aws" | "embedded"): Duration {
  const table = target === "aws" ? onAws : embedded;
  const found = Object.hasOwn(table, type) ? table[type]! : target === "aws" ? ordinaryOnAws : ordinaryEmbedded;
  return { seconds: found[action], basis: found.basis };
}

/**
 * What comes to every pass of a stack besides its resources: change set, validation, polling. On AWS 13 s above direct calls, as Stedi
 * measured (stedi.com/blog/relative-performance-tradeoffs-of-aws-native-provisioning-methods, 2023).
 */
export const stackOverhead = (target: "aws" | "embedded"): Duration =>
  target === "aws" ? { seconds: 13, basis: "published" } : { seconds: 0.2, basis: "measured" };

/** Steps that are no resources. */
export const stepDurations = {
  aws: { image: 2 * minutes, run: 1 * minutes, health: 20 },
  embedded: { image: 0.2, run: 1.5, health: 0.5 },
} as const;

/** Documentation of the table, for docs and tests. */
export const durationSources = (): [type: string, basis: Basis, source: string | undefined][] =>
  Object.entries(onAws).map(([type, { basis, source }]) => [type, basis, source]);
