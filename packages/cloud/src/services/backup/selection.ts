/** Which resources a selection means: by ARN, also with `*`, and by tags. */
import type { Protected } from "./protected-resources.ts";
import { invalidValue } from "./errors.ts";
import type { SelectionInput } from "./plan.ts";

export function checkSelection(selection: SelectionInput): void {
  if (!/^[a-zA-Z0-9\-_.]{1,50}$/.test(selection.SelectionName ?? ""))
    throw invalidValue(`Invalid selection name: ${selection.SelectionName}`);
  if (!/^arn:aws:iam::\d{12}:role\/.+/.test(selection.IamRoleArn ?? ""))
    throw invalidValue(`Invalid IAM role ARN: ${selection.IamRoleArn}`);
  const { Resources = [], ListOfTags = [] } = selection;
  if (Resources.length === 0 && ListOfTags.length === 0) {
    throw invalidValue("A backup selection needs Resources or ListOfTags.");
  }
}

/** Resources and tags of `ListOfTags` add up; NotResources and Conditions take away (AWS, "Assigning resources to a backup plan"). */
export function chosen(all: readonly Protected[], selection: SelectionInput): Protected[] {
  const { Resources = [], NotResources = [], ListOfTags = [], Conditions } = selection;
  return all.filter(({ arn, tags }) => {
    const named = Resources.some((pattern) => matches(pattern, arn));
    const tagged = ListOfTags.some(({ ConditionKey: key = "", ConditionValue: value }) => tags[key] === value);
    if (!named && !tagged) return false;
    if (NotResources.some((pattern) => matches(pattern, arn))) return false;
    return holds(tags, Conditions);
  });
}

function holds(tags: Record<string, string>, conditions: SelectionInput["Conditions"]): boolean {
  const valueOf = (key: string | undefined) => tags[(key ?? "").replace(/^aws:ResourceTag\//, "")];
  return (
    (conditions?.StringEquals ?? []).every(({ ConditionKey, ConditionValue }) => valueOf(ConditionKey) === ConditionValue) &&
    (conditions?.StringNotEquals ?? []).every(({ ConditionKey, ConditionValue }) => valueOf(ConditionKey) !== ConditionValue) &&
    (conditions?.StringLike ?? []).every(({ ConditionKey, ConditionValue }) => like(ConditionValue, valueOf(ConditionKey))) &&
    (conditions?.StringNotLike ?? []).every(({ ConditionKey, ConditionValue }) => !like(ConditionValue, valueOf(ConditionKey)))
  );
}

const like = (pattern: string | undefined, value: string | undefined) => value !== undefined && matches(pattern ?? "", value);

function matches(pattern: string, text: string): boolean {
  const parts = pattern.split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`).test(text);
}
