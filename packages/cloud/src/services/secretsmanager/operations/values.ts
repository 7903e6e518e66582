/** Reading and writing values: GetSecretValue, BatchGetSecretValue, PutSecretValue. */
import { AwsError } from "../../../aws-error.ts";
import { checkConstraints } from "../../../constraints.ts";
import { pageOf } from "../../../paging.ts";
import { operation } from "../../../service.ts";
import { invalidNextToken, invalidParameter, invalidRequest } from "../errors.ts";
import { checkFilters, meets } from "../filters.ts";
import { openedValue } from "../sealing.ts";
import { keep } from "../replication.ts";
import { allSecrets, primarySecret, put, toDay, viewLiveSecret } from "../secret.ts";
import { addVersion, checkStages, checkToken, checkValue, findVersion, hasValue } from "../versions.ts";

export const getSecretValue = operation("secretsmanager", "GetSecretValue", ({ SecretId, VersionId, VersionStage }, context) => {
  checkConstraints("ValidationException", {
    secretId: [SecretId, { length: [1, 2048] }],
    versionId: [VersionId, { length: [32, 64] }],
    versionStage: [VersionStage, { length: [1, 256] }],
  });
  const secret = viewLiveSecret(context, SecretId);
  const version = findVersion(secret, VersionId, VersionStage);
  const value = openedValue(context, secret, version);
  const today = toDay(context.cloud.world.clock.nowMs());
  if (secret.lastAccessedMs !== today || version.lastAccessedMs !== today) {
    const versions = secret.versions.map((each) => (each === version ? { ...each, lastAccessedMs: today } : each));
    put(context, { ...secret, lastAccessedMs: today, versions });
  }
  return {
    ARN: secret.arn,
    Name: secret.name,
    VersionId: version.id,
    ...value,
    VersionStages: version.stages,
    CreatedDate: new Date(version.createdMs),
  };
});

/** Each secret is read as by GetSecretValue, permissions included: what fails is told beside what was found. */
export const batchGetSecretValue = operation("secretsmanager", "BatchGetSecretValue", async (input, context) => {
  const { SecretIdList, Filters, MaxResults, NextToken } = input;
  const byList = SecretIdList !== undefined && SecretIdList.length > 0;
  const byFilters = Filters !== undefined && Filters.length > 0;
  if (byList === byFilters) throw invalidParameter("Either 'SecretIdList' or 'Filters' must be provided, but not both.");
  if (byList && MaxResults !== undefined) {
    throw invalidParameter("'Filters' not specified. 'Filters' must also be specified when 'MaxResults' is provided.");
  }
  checkConstraints("ValidationException", {
    secretIdList: [SecretIdList, { length: [1, 20] }],
    maxResults: [MaxResults, { range: [1, 20] }],
  });
  checkFilters(Filters);
  const found = byFilters
    ? allSecrets(context).filter((secret) => secret.deletionMs === undefined && meets(secret, context.region, Filters))
    : [];
  const page = pageOf(found.map(({ name }) => name).sort(), {
    size: MaxResults ?? 20,
    token: NextToken,
    keyOf: (name) => name,
    query: JSON.stringify(Filters ?? []),
    invalid: invalidNextToken,
  });
  const values = [];
  const errors = [];
  for (const SecretId of byList ? SecretIdList : page.items) {
    try {
      values.push(await context.call("secretsmanager", "GetSecretValue", { SecretId }));
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      errors.push({ SecretId, ErrorCode: error.code, Message: error.message });
    }
  }
  return { SecretValues: values, Errors: errors, ...(page.nextToken !== undefined && { NextToken: page.nextToken }) };
});

export const putSecretValue = operation("secretsmanager", "PutSecretValue", (input, context) => {
  const { SecretId, ClientRequestToken: token, VersionStages } = input;
  checkConstraints("ValidationException", { secretId: [SecretId, { length: [1, 2048] }] });
  checkStages(VersionStages);
  checkToken(token);
  if (!hasValue(input)) throw invalidRequest("You must provide either SecretString or SecretBinary.");
  checkValue(input);
  const secret = primarySecret(context, SecretId);
  const version = addVersion(context, secret, input, token, VersionStages);
  keep(context, secret);
  return { ARN: secret.arn, Name: secret.name, VersionId: version.id, VersionStages: version.stages };
});
