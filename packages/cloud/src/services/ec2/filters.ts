/** EC2's filters: a value of any filter's list, wildcards allowed; all filters at once. */
import type { Filter, Tag } from "@aws-sdk/client-ec2";
import { matchesWildcard } from "../../identity/wildcard.ts";
import { AwsError } from "../../aws-error.ts";
import { invalidParameterValue } from "./errors.ts";

/** What a filter looks at; several values when any of them may match. */
export type FilterValue = string | number | boolean | undefined | readonly (string | number | boolean | undefined)[];

/** The filters that a describe knows, by name. The three of tags are known everywhere. */
export type Filters<T> = Readonly<Record<string, (item: T) => FilterValue>>;

/** Those of `items` that pass every filter. Throws when one is not known. */
export function filtered<T>(
  items: readonly T[],
  asked: readonly Filter[] | undefined,
  known: Filters<T>,
  tagsOf: (item: T) => readonly Tag[] | undefined,
): T[] {
  if (!asked?.length) return [...items];
  if (asked.length > 50) throw new AwsError("FilterLimitExceeded", "The maximum number of filters on a request is 50.");
  const tests = asked.map((filter) => {
    const name = filter.Name;
    if (!name) throw invalidParameterValue("The filter 'null' is invalid");
    const values = filter.Values ?? [];
    const read = reader(name, known, tagsOf);
    return (item: T) => read(item).some((value) => value !== undefined && values.some((pattern) => passes(pattern, String(value))));
  });
  return items.filter((item) => tests.every((test) => test(item)));
}

function reader<T>(
  name: string,
  known: Filters<T>,
  tagsOf: (item: T) => readonly Tag[] | undefined,
): (item: T) => readonly (string | number | boolean | undefined)[] {
  const tags = (item: T) => tagsOf(item) ?? [];
  if (name === "tag-key") return (item) => tags(item).map((tag) => tag.Key);
  if (name === "tag-value") return (item) => tags(item).map((tag) => tag.Value);
  if (name.startsWith("tag:"))
    return (item) =>
      tags(item)
        .filter((tag) => tag.Key === name.slice(4))
        .map((tag) => tag.Value);
  const read = known[name];
  if (!read) throw invalidParameterValue(`The filter '${name}' is invalid`);
  return (item) => {
    const value = read(item);
    return Array.isArray(value) ? value : [value as string | number | boolean | undefined];
  };
}

/** A backslash makes `*`, `?` and itself plain. */
function passes(pattern: string, value: string): boolean {
  if (!/[*?\\]/.test(pattern)) return pattern === value;
  if (!pattern.includes("\\")) return matchesWildcard(pattern, value);
  // Escaped characters become private-use ones on both sides, so that the matcher takes them literally.
  const marks: Record<string, string> = { "*": "\ue000", "?": "\ue001", "\\": "\ue002" };
  const literal = (text: string) => text.replaceAll(/[*?\\]/g, (found) => marks[found]!);
  return matchesWildcard(
    pattern.replaceAll(/\\([*?\\])/g, (_, character: string) => marks[character]!),
    literal(value),
  );
}
