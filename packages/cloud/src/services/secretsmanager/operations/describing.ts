/** What there is, without values: DescribeSecret, ListSecrets, ListSecretVersionIds. */
import { checkConstraints } from "../../../constraints.ts";
import { pageOf } from "../../../paging.ts";
import { operation } from "../../../service.ts";
import { invalidNextToken } from "../errors.ts";
import { checkFilters, meets } from "../filters.ts";
import { daysBetween } from "../rotation-rules.ts";
import { replicationStatus } from "../replication.ts";
import { allSecrets, findSecret, type Place, type Secret } from "../secret.ts";

function described(place: Place, secret: Secret) {
  return {
    ARN: secret.arn,
    Name: secret.name,
    ...(secret.type !== undefined && { Type: secret.type }),
    ...(secret.description !== undefined && { Description: secret.description }),
    ...(secret.kmsKeyId !== undefined && { KmsKeyId: secret.kmsKeyId }),
    CreatedDate: new Date(secret.createdMs),
    LastChangedDate: new Date(secret.lastChangedMs),
    ...(secret.lastAccessedMs !== undefined && { LastAccessedDate: new Date(secret.lastAccessedMs) }),
    ...rotationOf(secret),
    ...(secret.deletionMs !== undefined && { DeletedDate: new Date(secret.deletionMs) }),
    ...(secret.owningService !== undefined && { OwningService: secret.owningService }),
    ...((secret.primaryRegion !== undefined || secret.replicas?.length) && { PrimaryRegion: secret.primaryRegion ?? place.region }),
    ...((secret.tags.length > 0 || secret.wasTagged) && { Tags: secret.tags }),
  };
}

function rotationOf({ rotation }: Secret) {
  if (!rotation) return {};
  const { enabled, lambdaArn, rules, lastMs, closesMs } = rotation;
  const days = daysBetween(rules, lastMs ?? 0);
  return {
    RotationEnabled: enabled,
    RotationLambdaARN: lambdaArn,
    RotationRules: {
      ...(days !== undefined && { AutomaticallyAfterDays: days }),
      ...(rules.durationHours !== undefined && { Duration: `${rules.durationHours}h` }),
      ...(rules.expression !== undefined && { ScheduleExpression: rules.expression }),
    },
    ...(lastMs !== undefined && { LastRotatedDate: new Date(lastMs) }),
    // On or before this date: when the window closes.
    ...(closesMs !== undefined && { NextRotationDate: new Date(closesMs) }),
  };
}

/** Versions without a label are deprecated and left out. */
const stagesOf = ({ versions }: Secret): Record<string, string[]> =>
  Object.fromEntries(versions.filter(({ stages }) => stages.length > 0).map(({ id, stages }) => [id, stages]));

export const describeSecret = operation("secretsmanager", "DescribeSecret", ({ SecretId }, context) => {
  checkConstraints("ValidationException", { secretId: [SecretId, { length: [1, 2048] }] });
  const secret = findSecret(context, SecretId);
  return {
    ...described(context, secret),
    ...(secret.replicas?.length && { ReplicationStatus: replicationStatus(context, secret) }),
    ...(secret.versions.length > 0 && { VersionIdsToStages: stagesOf(secret) }),
  };
});

export const listSecrets = operation("secretsmanager", "ListSecrets", (input, context) => {
  const { Filters, MaxResults, NextToken, SortBy = "created-date", SortOrder = "asc", IncludePlannedDeletion = false } = input;
  checkConstraints("ValidationException", {
    maxResults: [MaxResults, { range: [1, 100] }],
    sortOrder: [SortOrder, { enum: ["asc", "desc"] }],
    sortBy: [SortBy, { enum: ["created-date", "last-accessed-date", "last-changed-date", "name"] }],
  });
  checkFilters(Filters);
  const ranked = allSecrets(context)
    .filter((secret) => (IncludePlannedDeletion || secret.deletionMs === undefined) && meets(secret, context.region, Filters))
    .map((secret) => ({ secret, rank: `${rankOf(secret, SortBy)} ${secret.name}` }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1));
  // A page's token is the last rank, which has to ascend: in descending order its code units are turned around.
  const ordered = SortOrder === "asc" ? ranked : ranked.toReversed().map(({ secret, rank }) => ({ secret, rank: reversed(rank) }));
  const query = JSON.stringify([Filters ?? [], SortBy, SortOrder, IncludePlannedDeletion]);
  const page = pageOf(ordered, { size: MaxResults ?? 100, token: NextToken, keyOf: ({ rank }) => rank, query, invalid: invalidNextToken });
  return {
    SecretList: page.items.map(({ secret }) => ({
      ...described(context, secret),
      ...(secret.versions.length > 0 && { SecretVersionsToStages: stagesOf(secret) }),
    })),
    ...(page.nextToken !== undefined && { NextToken: page.nextToken }),
  };
});

function rankOf(secret: Secret, by: string): string {
  if (by === "name") return secret.name;
  const timeMs =
    by === "created-date" ? secret.createdMs : by === "last-changed-date" ? secret.lastChangedMs : (secret.lastAccessedMs ?? 0);
  return String(timeMs).padStart(15, "0");
}

/** Names are ASCII, so that this stays in the printable range; the closing character keeps a prefix after what it begins. */
const reversed = (text: string) => `${text.replaceAll(/[ -~]/g, (character) => String.fromCharCode(158 - character.charCodeAt(0)))}\u007f`;

export const listSecretVersionIds = operation("secretsmanager", "ListSecretVersionIds", (input, context) => {
  const { SecretId, MaxResults, NextToken, IncludeDeprecated = false } = input;
  checkConstraints("ValidationException", { secretId: [SecretId, { length: [1, 2048] }], maxResults: [MaxResults, { range: [1, 100] }] });
  const secret = findSecret(context, SecretId);
  const versions = secret.versions
    .filter(({ stages }) => IncludeDeprecated || stages.length > 0)
    .map((version) => ({ version, key: `${String(version.createdMs).padStart(15, "0")} ${version.id}` }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  const query = `${secret.arn} ${IncludeDeprecated}`;
  const page = pageOf(versions, { size: MaxResults ?? 100, token: NextToken, keyOf: ({ key }) => key, query, invalid: invalidNextToken });
  return {
    ARN: secret.arn,
    Name: secret.name,
    Versions: page.items.map(({ version }) => ({
      VersionId: version.id,
      ...(version.stages.length > 0 && { VersionStages: version.stages }),
      // As AWS calls the account's own key; a new key is taken for the labelled versions too.
      KmsKeyIds: [secret.kmsKeyId ?? "DefaultEncryptionKey"],
      ...(version.lastAccessedMs !== undefined && { LastAccessedDate: new Date(version.lastAccessedMs) }),
      CreatedDate: new Date(version.createdMs),
    })),
    ...(page.nextToken !== undefined && { NextToken: page.nextToken }),
  };
});
