/** The filters of DescribeParameters and GetParametersByPath: which are valid, and what each lets through. */
import type { Input } from "../../aws.ts";
import { AwsError } from "../../aws-error.ts";
import { checkConstraints, type Constrained } from "../../constraints.ts";
import { validation } from "./errors.ts";
import { checkPath, isBelow } from "./names.ts";
import { newest, type Parameter } from "./parameters.ts";

export type StringFilter = NonNullable<Input<"ssm", "DescribeParameters">["ParameterFilters"]>[number];

const keyPattern = "tag:.+|Name|Type|KeyId|Path|Label|Tier|DataType";
const values: Record<string, readonly string[]> = {
  Tier: ["Standard", "Advanced", "Intelligent-Tiering"],
  Type: ["String", "StringList", "SecureString"],
};

/** @throws AwsError in AWS's words. `by` names the operation, whose keys and options differ. */
export function checkFilters(filters: readonly StringFilter[], by: "DescribeParameters" | "GetParametersByPath"): void {
  const members: Record<string, Constrained[string]> = {};
  filters.forEach((filter, index) => {
    const at = `parameterFilters.${index + 1}.member`;
    members[`${at}.key`] = [filter.Key, { length: [1, 132], pattern: keyPattern }];
    members[`${at}.option`] = [filter.Option, { length: [1, 10] }];
    members[`${at}.values`] = [filter.Values, { length: [0, 50] }];
    if (filter.Values?.some((value) => value.length > 1024 || value.length < 1)) {
      throw validation(
        `1 validation error detected: Value '[${filter.Values.join(", ")}]' at '${at}.values' failed to satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 1]`,
      );
    }
  });
  checkConstraints("ValidationException", members);
  // AWS names fewer keys than it takes.
  const named = by === "DescribeParameters" ? ["Path", "Name", "Type", "KeyId", "Tier"] : ["Type", "KeyId"];
  const allowed = by === "DescribeParameters" ? [...named, "DataType"] : [...named, "Label"];
  const seen = new Set<string>();
  for (const { Key = "", Option, Values } of filters) {
    const isTag = Key.startsWith("tag:");
    if (!allowed.includes(Key) && !(isTag && by === "DescribeParameters")) {
      throw new AwsError(
        "InvalidFilterKey",
        `The following filter key is not valid: ${Key}. Valid filter keys include: [${named.join(", ")}].`,
      );
    }
    if (!isTag && (!Values || Values.length === 0)) {
      throw new AwsError("InvalidFilterValue", `The following filter values are missing : null for filter key ${Key}`);
    }
    if (seen.has(Key)) {
      throw new AwsError(
        "InvalidFilterKey",
        `The following filter is duplicated in the request: ${Key}. A request can contain only one occurrence of a specific filter.`,
      );
    }
    seen.add(Key);
    if (Key === "Path") {
      if (Option !== undefined && Option !== "Recursive" && Option !== "OneLevel") {
        throw new AwsError(
          "InvalidFilterOption",
          `The following filter option is not valid: ${Option}. Valid options include: [Recursive, OneLevel].`,
        );
      }
      for (const path of Values ?? []) {
        if (/^\/(?:aws|ssm)/i.test(path))
          throw validation('Filters for common parameters can\'t be prefixed with "aws" or "ssm" (case-insensitive).');
        checkPath(path);
      }
      continue;
    }
    const options = Key === "Name" ? ["BeginsWith", "Equals", "Contains"] : ["BeginsWith", "Equals"];
    if (Option !== undefined && !options.includes(Option)) {
      throw new AwsError(
        "InvalidFilterOption",
        `The following filter option is not valid: ${Option}. Valid options include: [BeginsWith, Equals].`,
      );
    }
    const strange = Object.hasOwn(values, Key) ? Values?.find((value) => !values[Key]!.includes(value)) : undefined;
    if (strange !== undefined) {
      throw new AwsError(
        "InvalidFilterValue",
        `The following filter value is not valid: ${strange}. Valid values include: [${values[Key]!.join(", ")}].`,
      );
    }
  }
}

/** Whether a parameter passes every filter; of a filter's values one has to match. */
export function passes(parameter: Parameter, filters: readonly StringFilter[]): boolean {
  return filters.every(({ Key = "", Option, Values = [] }) => {
    const version = newest(parameter);
    switch (Key) {
      case "Path":
        return Values.some((path) => isBelow(path, parameter.name, Option === "Recursive"));
      case "Name":
        return Values.some((value) => nameMatches(parameter.name, value, Option));
      case "Label":
        return Values.some((value) => version.labels.some((label) => matches(label, value, Option)));
      case "Type":
        return Values.some((value) => matches(version.type, value, Option));
      case "Tier":
        return Values.some((value) => matches(version.tier, value, Option));
      case "KeyId":
        return version.keyId !== undefined && Values.some((value) => matches(version.keyId!, value, Option));
      case "DataType":
        return Values.some((value) => matches(version.dataType, value, Option));
      default: {
        const tag = parameter.tags[Key.slice("tag:".length)];
        return tag !== undefined && (Values.length === 0 || Values.some((value) => matches(tag, value, Option)));
      }
    }
  });
}

function matches(text: string, value: string, option: string | undefined): boolean {
  if (option === "BeginsWith") return text.startsWith(value);
  return option === "Contains" ? text.includes(value) : text === value;
}

/** Names are compared as paths: `a` and `/a` are the same; `Contains` sees the leading slash. */
function nameMatches(name: string, value: string, option: string | undefined): boolean {
  const full = name.startsWith("/") ? name : `/${name}`;
  if (option === "Contains") return full.includes(value);
  return matches(full, value.startsWith("/") ? value : `/${value}`, option);
}
