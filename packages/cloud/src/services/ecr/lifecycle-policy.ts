/** Lifecycle policies: read strictly, and evaluated by priority as ECR does. */
import type { Cloud } from "../../cloud.ts";
import { expireImages } from "./expiry.ts";
import { invalidParameter } from "./errors.ts";
import { type ImageRecord, imagesOf } from "./image.ts";
import { matchesWildcard, repositories, type RepositoryRecord, saveRepository } from "./repository.ts";

interface Rule {
  rulePriority: number;
  description?: string;
  selection: {
    tagStatus: "tagged" | "untagged" | "any";
    tagPrefixList?: string[];
    tagPatternList?: string[];
    countType: "imageCountMoreThan" | "sinceImagePushed";
    countUnit?: "days";
    countNumber: number;
  };
  action: { type: "expire" };
}

export interface Expiry {
  image: ImageRecord;
  rulePriority: number;
}

const dayMs = 86_400_000;

const failure = (reason: string) => invalidParameter("LifecyclePolicyText", `Lifecycle policy validation failure: ${reason}`);
const listed = (names: readonly string[]) => `[${names.map((name) => JSON.stringify(name)).join(",")}]`;

/** Throws InvalidParameterException with what is wrong. */
export function readLifecyclePolicy(text: string): Rule[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw failure("Could not map policyString into LifecyclePolicy.");
  }
  if (!isObject(value)) throw failure("Could not map policyString into LifecyclePolicy.");
  if (!Array.isArray(value.rules)) throw failure('object has missing required properties (["rules"])');
  const rules = value.rules.map(readRule);
  if (rules.length === 0) throw failure("array is too short: must have at least 1 elements but instance has 0 elements");
  const priorities = rules.map(({ rulePriority }) => rulePriority);
  if (new Set(priorities).size < priorities.length) throw failure("rulePriority must be unique within the policy");
  const any = rules.find(({ selection }) => selection.tagStatus === "any");
  if (any && any.rulePriority !== Math.max(...priorities)) {
    throw failure("A rule with tagStatus=ANY must have the highest (largest) priority and be evaluated last");
  }
  return rules.sort((a, b) => a.rulePriority - b.rulePriority);
}

function readRule(value: unknown): Rule {
  if (!isObject(value)) throw failure(`instance type (${typeof value}) does not match any allowed primitive type (allowed: ["object"])`);
  shape(value, ["action", "rulePriority", "selection"], ["description"]);
  const { action, selection, rulePriority } = value;
  if (!isObject(action) || !isObject(selection)) {
    throw failure('instance type (string) does not match any allowed primitive type (allowed: ["object"])');
  }
  if (!Number.isInteger(rulePriority) || (rulePriority as number) < 1)
    throw failure("numeric instance is lower than the required minimum (minimum: 1)");
  shape(action, ["type"], []);
  member(action.type, ["expire"]);
  shape(selection, ["countNumber", "countType", "tagStatus"], ["countUnit", "tagPatternList", "tagPrefixList"]);
  member(selection.tagStatus, ["any", "tagged", "untagged"]);
  if (selection.countType !== "imageCountMoreThan" && selection.countType !== "sinceImagePushed") {
    throw failure("instance failed to match exactly one schema (matched 0 out of 2)");
  }
  if (selection.countUnit !== undefined) member(selection.countUnit, ["days"]);
  if ((selection.countType === "sinceImagePushed") !== (selection.countUnit !== undefined)) {
    throw failure("instance failed to match exactly one schema (matched 0 out of 2)");
  }
  if (!Number.isInteger(selection.countNumber) || (selection.countNumber as number) < 1) {
    throw failure(`numeric instance is lower than the required minimum (minimum: 1, found: ${String(selection.countNumber)})`);
  }
  const lists = [selection.tagPrefixList, selection.tagPatternList].filter((list) => list !== undefined);
  const listsHold = lists.every((list) => Array.isArray(list) && list.length > 0 && list.every((each) => typeof each === "string"));
  if (!listsHold || (selection.tagStatus === "tagged") !== (lists.length === 1)) {
    throw failure("instance failed to match exactly one schema (matched 0 out of 2)");
  }
  return value as unknown as Rule;
}

function shape(value: Record<string, unknown>, required: readonly string[], optional: readonly string[]): void {
  const missing = required.filter((name) => !Object.hasOwn(value, name));
  if (missing.length > 0) throw failure(`object has missing required properties (${listed(missing)})`);
  const unknown = Object.keys(value).find((name) => !required.includes(name) && !optional.includes(name));
  if (unknown !== undefined) throw failure(`object instance has properties which are not allowed by the schema: (${listed([unknown])})`);
}

function member(value: unknown, values: readonly string[]): void {
  if (!values.includes(String(value))) {
    throw failure(`instance value (${String(value)}) not found in enum :(possible values: ${listed(values)})`);
  }
}

/** Which images the policy expires now. An image is expired by at most one rule, the first that selects it. */
export function expiredImages(rules: readonly Rule[], images: readonly ImageRecord[], nowMs: number): Expiry[] {
  const claimed = new Set<string>();
  const expired: Expiry[] = [];
  for (const { rulePriority, selection } of rules) {
    const selected = images
      .filter((image) => selects(selection, image))
      .sort((a, b) => b.pushedMs - a.pushedMs || (a.digest < b.digest ? -1 : 1));
    const over =
      selection.countType === "imageCountMoreThan"
        ? selected.slice(selection.countNumber)
        : selected.filter(({ pushedMs }) => nowMs - pushedMs > selection.countNumber * dayMs);
    for (const image of over) {
      if (claimed.has(image.digest)) continue;
      expired.push({ image, rulePriority });
    }
    // What a rule of higher priority selects by its tags, a lower one does not expire.
    for (const image of selected) claimed.add(image.digest);
  }
  return expired;
}

function selects({ tagStatus, tagPrefixList, tagPatternList }: Rule["selection"], { tags }: ImageRecord): boolean {
  if (tagStatus === "any") return true;
  if (tagStatus === "untagged") return tags.length === 0;
  const patterns = tagPatternList ?? tagPrefixList!.map((prefix) => `${prefix}*`);
  return patterns.every((pattern) => tags.some((tag) => matchesWildcard(pattern, tag)));
}

/** Applies a repository's policy, if it has one. */
export async function applyLifecyclePolicy(
  context: { cloud: Cloud; account: string; region: string },
  repository: RepositoryRecord,
): Promise<void> {
  if (!repository.lifecycle) return;
  const nowMs = context.cloud.world.clock.nowMs();
  const expired = expiredImages(readLifecyclePolicy(repository.lifecycle.text), imagesOf(context, repository.name), nowMs);
  repository.lifecycle.lastEvaluatedMs = nowMs;
  saveRepository(context, repository);
  await expireImages(
    context,
    repository.name,
    expired.map(({ image }) => image),
  );
}

/** Applies every policy of the cloud. */
export async function applyLifecyclePolicies(cloud: Cloud): Promise<void> {
  for (const { scope, value } of repositories({ cloud }).all()) {
    await applyLifecyclePolicy({ cloud, account: cloud.account, region: scope }, value);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
