/** Data in production outlives its stack. */
import { each, type Rule } from "../rule.ts";

const types = ["AWS::RDS::DBInstance", "AWS::RDS::DBCluster", "AWS::S3::Bucket", "AWS::EFS::FileSystem", "AWS::DynamoDB::Table"];

export const rule: Rule = {
  id: "data-deleted-with-stack",
  severity: "medium",
  controls: [],
  production: true,
  types,
  reason: "Taking the stack down, or the resource out of it, takes the data with it.",
  remedy: "DeletionPolicy: Snapshot, Retain or RetainExceptOnCreate.",
  find: each(types, ({ type, deletionPolicy, properties }) => {
    if (properties["DBClusterIdentifier"] !== undefined || properties["SourceDBInstanceIdentifier"] !== undefined) return undefined;
    if (properties["GlobalClusterIdentifier"] !== undefined && properties["MasterUsername"] === undefined) return undefined; // a copy in another region
    const preset = type === "AWS::RDS::DBCluster" || type === "AWS::RDS::DBInstance" ? "Snapshot" : "Delete";
    return (deletionPolicy ?? preset) === "Delete" && "it is deleted with its stack";
  }),
};
