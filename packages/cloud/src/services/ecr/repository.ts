/** Repositories: their records, names and ARNs. */
import type { Repository } from "@aws-sdk/client-ecr";
import { AwsError } from "../../aws-error.ts";
import { checkConstraints } from "../../constraints.ts";
import type { OperationContext } from "../../service.ts";
import { invalidParameter, repositoryNotFound } from "./errors.ts";

export interface RepositoryRecord {
  name: string;
  createdMs: number;
  tagMutability: string;
  tagMutabilityExclusions?: { filterType: "WILDCARD"; filter: string }[];
  scanOnPush: boolean;
  encryption: { encryptionType: "AES256" | "KMS" | "KMS_DSSE"; kmsKey?: string };
  tags: Record<string, string>;
  policyText?: string;
  lifecycle?: { text: string; lastEvaluatedMs: number };
}

type Scope = Pick<OperationContext, "cloud" | "account" | "region">;

const namePattern = "(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*";

export const repositories = ({ cloud }: Pick<OperationContext, "cloud">) => cloud.store.collection<RepositoryRecord>("ecr-repository");

export function repositoryArn({ account, region }: Scope, name: string): string {
  return `arn:aws:ecr:${region}:${account}:repository/${name}`;
}

export function checkRepositoryName(name: string): void {
  checkConstraints("InvalidParameterException", { repositoryName: [name, { length: [2, 256] }] });
  if (!new RegExp(`^${namePattern}$`).test(name)) {
    throw invalidParameter("repositoryName", `must satisfy regular expression '${namePattern}'`);
  }
}

/** The repository of a request; `registryId` is checked, as there is one registry only. */
export function findRepository(context: Scope, name: string, registryId?: string): RepositoryRecord {
  if (registryId !== undefined && !/^\d{12}$/.test(registryId)) {
    throw invalidParameter("registryId", "must satisfy regular expression '[0-9]{12}'");
  }
  const found = registryId === undefined || registryId === context.account ? repositories(context).get(context.region, name) : undefined;
  if (!found) throw repositoryNotFound(name, registryId ?? context.account);
  return found;
}

/** By ARN, as the tagging operations name it. */
export function findRepositoryByArn(context: Scope, arn: string): RepositoryRecord {
  const match = /^arn:aws[a-z-]*:ecr:[a-z0-9-]+:(\d{12}):repository\/(.+)$/.exec(arn);
  if (!match) throw invalidParameter("resourceArn", "Invalid ARN");
  return findRepository(context, match[2]!, match[1]);
}

export function saveRepository(context: Scope, record: RepositoryRecord): void {
  repositories(context).put(context.region, record.name, record);
}

export function describeRepository(context: Scope, record: RepositoryRecord): Repository {
  return {
    repositoryArn: repositoryArn(context, record.name),
    registryId: context.account,
    repositoryName: record.name,
    repositoryUri: `${context.account}.dkr.ecr.${context.region}.amazonaws.com/${record.name}`,
    createdAt: new Date(record.createdMs),
    imageTagMutability: record.tagMutability as Repository["imageTagMutability"] & string,
    ...(record.tagMutabilityExclusions && { imageTagMutabilityExclusionFilters: record.tagMutabilityExclusions }),
    imageScanningConfiguration: { scanOnPush: record.scanOnPush },
    encryptionConfiguration: record.encryption,
  };
}

const mutabilities = ["MUTABLE", "IMMUTABLE", "MUTABLE_WITH_EXCLUSION", "IMMUTABLE_WITH_EXCLUSION"];

/** Checks a tag mutability with its exclusion filters, and gives what the record keeps of them. */
export function tagMutabilityOf(
  mutability: string | undefined,
  filters: readonly { filterType: string | undefined; filter: string | undefined }[] | undefined,
): Pick<RepositoryRecord, "tagMutability" | "tagMutabilityExclusions"> {
  const tagMutability = mutability ?? "MUTABLE";
  if (!mutabilities.includes(tagMutability)) {
    throw invalidParameter("imageTagMutability", `Member must satisfy enum value set: [${mutabilities.toSorted().join(", ")}]`);
  }
  const excludes = tagMutability.endsWith("_WITH_EXCLUSION");
  if (excludes !== (filters !== undefined && filters.length > 0)) {
    throw invalidParameter(
      "imageTagMutabilityExclusionFilters",
      `ImageTagMutabilityExclusionFilters can't be null when imageTagMutability is set as ${tagMutability}`,
    );
  }
  for (const { filterType, filter } of filters ?? []) {
    if (filterType !== "WILDCARD") {
      throw new AwsError(
        "InvalidParameterException",
        `Invalid parameter at 'imageTagMutabilityExclusionFilters' failed to satisfy constraint: Invalid value for 'filterType' in mutability exclusion filter: ${filterType}`,
      );
    }
    if (filter === undefined || !/^[0-9a-zA-Z._*-]{1,128}$/.test(filter)) {
      throw invalidParameter("imageTagMutabilityExclusionFilters", "must satisfy regular expression '^[0-9a-zA-Z._*-]{1,128}'");
    }
  }
  return {
    tagMutability,
    ...(excludes && { tagMutabilityExclusions: filters!.map(({ filter }) => ({ filterType: "WILDCARD" as const, filter: filter! })) }),
  };
}

/** Whether a tag that an image has may not move to another one. */
export function isImmutableTag(record: RepositoryRecord, tag: string): boolean {
  const excluded = (record.tagMutabilityExclusions ?? []).some(({ filter }) => matchesWildcard(filter, tag));
  return record.tagMutability.startsWith("IMMUTABLE") !== excluded;
}

/** `*` stands for any run of characters; the whole text has to match. */
export function matchesWildcard(pattern: string, text: string): boolean {
  const parts = pattern.split("*");
  if (parts.length === 1) return pattern === text;
  const [first, last] = [parts[0]!, parts.at(-1)!];
  if (!text.startsWith(first) || text.length < first.length + last.length || !text.endsWith(last)) return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at);
    if (found < 0 || found + part.length > text.length - last.length) return false;
    at = found + part.length;
  }
  return true;
}
