/** What stands in the way of a removal: objects in buckets, and protection against deletion. */
import { expect, test } from "vitest";
import { findProtected, liftProtection, protectedText } from "../src/protected.ts";
import { emptyBuckets } from "../src/stacks/empty-buckets.ts";
import { awsError, fakeAws } from "./fake-aws.ts";

const stack = { name: "shop-dev-storage" };
const physical = (ids: Record<string, string>) => ({
  "cloudformation.DescribeStackResources": ({ LogicalResourceId }: { LogicalResourceId: string }) => ({
    StackResources: [{ PhysicalResourceId: ids[LogicalResourceId], ResourceStatus: "CREATE_COMPLETE" }],
  }),
});

test("a bucket that goes loses all versions and delete markers, one that is kept nothing", async () => {
  const pages = [
    {
      Versions: [
        { Key: "a", VersionId: "1" },
        { Key: "a", VersionId: "2" },
      ],
      DeleteMarkers: [{ Key: "b", VersionId: "3" }],
    },
    { Versions: [{ Key: "c", VersionId: "null" }] },
    {},
  ];
  const deleted: unknown[] = [];
  const aws = fakeAws({
    ...physical({ Uploads: "uploads-1", Kept: "kept-1" }),
    "s3.ListObjectVersions": () => pages.shift(),
    "s3.DeleteObjects": ({ Bucket, Delete: { Objects } }: { Bucket: string; Delete: { Objects: unknown[] } }) => {
      deleted.push(Bucket, ...Objects);
      return {};
    },
  });
  await emptyBuckets(aws, stack, {
    Resources: { Uploads: { Type: "AWS::S3::Bucket" }, Kept: { Type: "AWS::S3::Bucket", DeletionPolicy: "RetainExceptOnCreate" } },
  });
  expect(deleted).toEqual([
    "uploads-1",
    { Key: "a", VersionId: "1" },
    { Key: "a", VersionId: "2" },
    { Key: "b", VersionId: "3" },
    "uploads-1",
    { Key: "c", VersionId: "null" },
  ]);
});

test("an object that cannot be deleted ends it, by name; a bucket that is gone does not", async () => {
  const template = { Resources: { Uploads: { Type: "AWS::S3::Bucket" } } };
  const locked = fakeAws({
    ...physical({ Uploads: "uploads-1" }),
    "s3.ListObjectVersions": () => ({ Versions: [{ Key: "a", VersionId: "1" }] }),
    "s3.DeleteObjects": () => ({ Errors: [{ Key: "a", Code: "AccessDenied", Message: "Access Denied" }] }),
  });
  await expect(emptyBuckets(locked, stack, template)).rejects.toThrow("uploads-1/a could not be deleted: Access Denied");
  const gone = fakeAws({
    ...physical({ Uploads: "uploads-1" }),
    "s3.ListObjectVersions": () => {
      throw awsError("NoSuchBucket", "The specified bucket does not exist");
    },
  });
  await emptyBuckets(gone, stack, template);
});

test("the protection of databases and load balancers is found, and lifted", async () => {
  const arn = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/entry/1";
  const aws = fakeAws({
    ...physical({ Database: "shop-database", Cluster: "shop-cluster", Writer: "shop-writer", Entry: arn, Other: `${arn}2` }),
    "rds.DescribeDBInstances": ({ DBInstanceIdentifier }: { DBInstanceIdentifier: string }) => ({
      DBInstances: [{ DeletionProtection: true, ...(DBInstanceIdentifier === "shop-writer" && { DBClusterIdentifier: "shop-cluster" }) }],
    }),
    "rds.DescribeDBClusters": () => ({ DBClusters: [{ DeletionProtection: true }] }),
    "rds.ModifyDBCluster": () => ({}),
    "elbv2.DescribeLoadBalancerAttributes": ({ LoadBalancerArn }: { LoadBalancerArn: string }) => ({
      Attributes: [{ Key: "deletion_protection.enabled", Value: String(LoadBalancerArn === arn) }],
    }),
    "rds.ModifyDBInstance": () => ({}),
    "elbv2.ModifyLoadBalancerAttributes": () => ({}),
  });
  const found = await findProtected(aws, stack, {
    Resources: {
      Database: { Type: "AWS::RDS::DBInstance" },
      Cluster: { Type: "AWS::RDS::DBCluster" },
      Writer: { Type: "AWS::RDS::DBInstance" },
      Entry: { Type: "AWS::ElasticLoadBalancingV2::LoadBalancer" },
      Other: { Type: "AWS::ElasticLoadBalancingV2::LoadBalancer" },
    },
  });
  expect(found.map(({ type, id }) => [type, id])).toEqual([
    ["AWS::RDS::DBCluster", "shop-cluster"],
    ["AWS::RDS::DBInstance", "shop-database"],
    ["AWS::ElasticLoadBalancingV2::LoadBalancer", arn],
  ]);
  expect(found.map(protectedText)).toEqual(["the database cluster shop-cluster", "the database shop-database", "the load balancer entry"]);
  await liftProtection(aws, found);
  expect(aws.calls.filter(({ operation }) => operation.includes("Modify"))).toEqual([
    {
      operation: "rds.ModifyDBCluster",
      input: { DBClusterIdentifier: "shop-cluster", DeletionProtection: false, ApplyImmediately: true },
    },
    {
      operation: "rds.ModifyDBInstance",
      input: { DBInstanceIdentifier: "shop-database", DeletionProtection: false, ApplyImmediately: true },
    },
    {
      operation: "elbv2.ModifyLoadBalancerAttributes",
      input: { LoadBalancerArn: arn, Attributes: [{ Key: "deletion_protection.enabled", Value: "false" }] },
    },
  ]);
});
