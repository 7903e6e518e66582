/** AWS::Logs::LogGroup. */
import { AwsError } from "../../../aws-error.ts";
import { resource, type ResourceRequest } from "../../../resource.ts";
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";

export const logGroup = resource("AWS::Logs::LogGroup", {
  coverage: {
    real: ["LogGroupName", "RetentionInDays", "Tags", "DeletionProtectionEnabled", "LogGroupClass", "KmsKeyId"],
    refused: {
      BearerTokenAuthenticationEnabled: "ingestion with bearer tokens is not served",
      DataProtectionPolicy: "nothing is masked in the embedded cloud",
      FieldIndexPolicies: "there are no field indexes in the embedded cloud",
      ResourcePolicyDocument: "policies of a single log group are not evaluated",
    },
    note: "Events are removed within an hour after their retention ends. The key's policy has to let CloudWatch Logs in, and events are read while the key can be used; on the disk they are as they are.",
  },
  async create(request) {
    const { properties, call } = request;
    const name = nameOf(request);
    await call("logs", "CreateLogGroup", {
      logGroupName: name,
      tags: tagsOf(properties),
      ...(properties.LogGroupClass !== undefined && { logGroupClass: properties.LogGroupClass as "STANDARD" }),
      ...(properties.KmsKeyId !== undefined && { kmsKeyId: properties.KmsKeyId }),
      ...(properties.DeletionProtectionEnabled !== undefined && { deletionProtectionEnabled: properties.DeletionProtectionEnabled }),
    });
    if (properties.RetentionInDays !== undefined) {
      try {
        await call("logs", "PutRetentionPolicy", { logGroupName: name, retentionInDays: properties.RetentionInDays });
      } catch (error) {
        await call("logs", "DeleteLogGroup", { logGroupName: name });
        throw error;
      }
    }
    return made(request, name);
  },
  async update(request) {
    const { properties, previous, physicalId: logGroupName, call } = request;
    if (properties.RetentionInDays !== previous.RetentionInDays) {
      if (properties.RetentionInDays === undefined) await call("logs", "DeleteRetentionPolicy", { logGroupName });
      else await call("logs", "PutRetentionPolicy", { logGroupName, retentionInDays: properties.RetentionInDays });
    }
    if (properties.KmsKeyId !== previous.KmsKeyId) {
      if (properties.KmsKeyId === undefined) await call("logs", "DisassociateKmsKey", { logGroupName });
      else await call("logs", "AssociateKmsKey", { logGroupName, kmsKeyId: properties.KmsKeyId });
    }
    if (properties.DeletionProtectionEnabled !== previous.DeletionProtectionEnabled) {
      await call("logs", "PutLogGroupDeletionProtection", {
        logGroupIdentifier: logGroupName,
        deletionProtectionEnabled: properties.DeletionProtectionEnabled ?? false,
      });
    }
    const resourceArn = arnOf(request, logGroupName);
    const before = tagsOf(previous);
    const after = tagsOf(properties);
    const gone = Object.keys(before).filter((key) => !(key in after));
    if (gone.length > 0) await call("logs", "UntagResource", { resourceArn, tagKeys: gone });
    if (Object.keys(after).length > 0) await call("logs", "TagResource", { resourceArn, tags: after });
    return made(request, logGroupName);
  },
  async delete({ physicalId, call }) {
    try {
      await call("logs", "DeleteLogGroup", { logGroupName: physicalId });
    } catch (error) {
      if (!(error instanceof AwsError && error.code === "ResourceNotFoundException")) throw error;
    }
  },
  /** Only a generated name is this stack's for certain; a group with a name of the template's may have been there before. */
  async find(request) {
    if (request.properties.LogGroupName !== undefined) return undefined;
    const name = nameOf(request);
    const { logGroups = [] } = await request.call("logs", "DescribeLogGroups", { logGroupNamePrefix: name });
    if (!logGroups.some(({ logGroupName }) => logGroupName === name)) return undefined;
    if (request.properties.RetentionInDays !== undefined) {
      await request.call("logs", "PutRetentionPolicy", { logGroupName: name, retentionInDays: request.properties.RetentionInDays });
    }
    return made(request, name);
  },
});

function nameOf(request: ResourceRequest<ResourceProperties["AWS::Logs::LogGroup"]>): string {
  return request.properties.LogGroupName ?? request.physicalName(512);
}

function made(request: { region: string; account: string }, name: string) {
  return { physicalId: name, attributes: { Arn: `${arnOf(request, name)}:*` } };
}

function arnOf({ region, account }: { region: string; account: string }, name: string): string {
  return `arn:aws:logs:${region}:${account}:log-group:${name}`;
}

function tagsOf({ Tags = [] }: ResourceProperties["AWS::Logs::LogGroup"]): Record<string, string> {
  return Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value]));
}
