/** What AWS scales, by namespace: the dimensions, and how a resource that is not there is called. Of these the embedded cloud has the services of ECS. */
import { check, validation } from "./errors.ts";
import type { TargetKey } from "./targets.ts";

interface Namespace {
  /** As `ECS service`. */
  resource: string;
  dimensions: readonly string[];
}

const namespaces: Readonly<Record<string, Namespace>> = {
  appstream: { resource: "AppStream fleet", dimensions: ["appstream:fleet:DesiredCapacity"] },
  cassandra: { resource: "Keyspaces table", dimensions: ["cassandra:table:ReadCapacityUnits", "cassandra:table:WriteCapacityUnits"] },
  comprehend: {
    resource: "Comprehend endpoint",
    dimensions: [
      "comprehend:document-classifier-endpoint:DesiredInferenceUnits",
      "comprehend:entity-recognizer-endpoint:DesiredInferenceUnits",
    ],
  },
  "custom-resource": { resource: "Custom resource", dimensions: ["custom-resource:ResourceType:Property"] },
  dynamodb: {
    resource: "DynamoDB table",
    dimensions: [
      "dynamodb:table:ReadCapacityUnits",
      "dynamodb:table:WriteCapacityUnits",
      "dynamodb:index:ReadCapacityUnits",
      "dynamodb:index:WriteCapacityUnits",
    ],
  },
  ec2: { resource: "Spot Fleet request", dimensions: ["ec2:spot-fleet-request:TargetCapacity"] },
  ecs: { resource: "ECS service", dimensions: ["ecs:service:DesiredCount"] },
  elasticache: {
    resource: "Scalable ElastiCache resource",
    dimensions: ["elasticache:cache-cluster:Nodes", "elasticache:replication-group:NodeGroups", "elasticache:replication-group:Replicas"],
  },
  elasticmapreduce: { resource: "EMR instance group", dimensions: ["elasticmapreduce:instancegroup:InstanceCount"] },
  kafka: { resource: "MSK cluster", dimensions: ["kafka:broker-storage:VolumeSize"] },
  lambda: { resource: "Lambda function alias", dimensions: ["lambda:function:ProvisionedConcurrency"] },
  neptune: { resource: "Neptune cluster", dimensions: ["neptune:cluster:ReadReplicaCount"] },
  rds: { resource: "Scalable Aurora cluster", dimensions: ["rds:cluster:ReadReplicaCount"] },
  sagemaker: {
    resource: "SageMaker endpoint variant",
    dimensions: [
      "sagemaker:inference-component:DesiredCopyCount",
      "sagemaker:variant:DesiredInstanceCount",
      "sagemaker:variant:DesiredProvisionedConcurrency",
    ],
  },
  workspaces: { resource: "WorkSpaces pool", dimensions: ["workspaces:workspacespool:DesiredUserSessions"] },
};

const dimensions = Object.values(namespaces).flatMap((each) => each.dimensions);

interface Named {
  ServiceNamespace?: string | undefined;
  ResourceId?: string | undefined;
  ScalableDimension?: string | undefined;
}

/** Checks the members that most operations name a target by; those not given pass. */
export function checkNames({ ServiceNamespace, ResourceId, ScalableDimension }: Named): void {
  check({
    serviceNamespace: [ServiceNamespace, { enum: Object.keys(namespaces).toSorted() }],
    resourceId: [ResourceId, { length: [1, 1600] }],
    scalableDimension: [ScalableDimension, { enum: dimensions }],
  });
  const known = namespaces[ServiceNamespace ?? ""];
  if (known && ScalableDimension !== undefined && !known.dimensions.includes(ScalableDimension)) throw unsupported();
}

/** The target that a request names. */
export function readKey(input: Named): TargetKey {
  checkNames(input);
  const key = { namespace: input.ServiceNamespace!, resourceId: input.ResourceId!, dimension: input.ScalableDimension! };
  if (key.namespace === "ecs" && !/^service\/[^/]+\/[^/]+$/u.test(key.resourceId)) throw unsupported();
  return key;
}

export const notThere = ({ namespace, resourceId }: TargetKey) =>
  validation(`${namespaces[namespace]!.resource} doesn't exist: ${resourceId}`);

const unsupported = () => validation("Unsupported service namespace, resource type or scalable dimension");
