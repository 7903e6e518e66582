/** The filters of ListSecrets and BatchGetSecretValue. */
import { AwsError } from "../../aws-error.ts";
import { checkConstraints } from "../../constraints.ts";
import { invalidParameter } from "./errors.ts";
import type { Secret } from "./secret.ts";

export interface Filter {
  Key?: string | undefined;
  Values?: string[] | undefined;
}

const keys = ["description", "name", "tag-key", "tag-value", "primary-region", "owning-service", "all"];

export function checkFilters(filters: readonly Filter[] = []): void {
  checkConstraints("ValidationException", { filters: [filters, { length: [0, 10] }] });
  for (const [index, { Key, Values }] of filters.entries()) {
    const path = `filters.${index + 1}.member`;
    if (Key === undefined) throw invalidParameter("Invalid filter key");
    if (!keys.includes(Key)) {
      throw new AwsError(
        "ValidationException",
        `1 validation error detected: Value '${Key}' at '${path}.key' failed to satisfy constraint: Member must satisfy enum value set: [all, name, tag-key, description, tag-value]`,
      );
    }
    if (!Values || Values.length === 0) throw invalidParameter(`Invalid filter values for key: ${Key}`);
    checkConstraints("ValidationException", {
      [`${path}.values`]: [Values, { length: [1, 10] }],
      ...Object.fromEntries(
        Values.map((value, place) => [
          `${path}.values.${place + 1}.member`,
          [value, { length: [0, 512], pattern: "!?[a-zA-Z0-9 :_@/+=.\\-!]*" }] as const,
        ]),
      ),
    });
  }
}

/** Filters are met all together; of one filter's values any one will do. */
export const meets = (secret: Secret, region: string, filters: readonly Filter[] = []): boolean =>
  filters.every(({ Key, Values = [] }) => meetsOne(secret, region, Key!, Values));

function meetsOne(secret: Secret, region: string, key: string, values: readonly string[]): boolean {
  const tagKeys = secret.tags.map(({ Key }) => Key);
  const tagValues = secret.tags.map(({ Value }) => Value);
  const description = secret.description === undefined ? [] : [secret.description];
  switch (key) {
    case "name":
      return any(values, [secret.name], startsWith);
    case "tag-key":
      return any(values, tagKeys, startsWith);
    case "tag-value":
      return any(values, tagValues, startsWith);
    case "description":
      return any(values, description, hasWords);
    case "owning-service":
      return any(values, secret.owningService === undefined ? [] : [secret.owningService], hasWords);
    case "primary-region":
      return any(values, [secret.primaryRegion ?? region], startsWith);
    default:
      return any(values, [secret.name, ...description, ...tagKeys, ...tagValues], hasWords);
  }
}

/** A value that begins with `!` looks for what does not match. */
const any = (values: readonly string[], texts: readonly string[], matches: (text: string, pattern: string) => boolean) =>
  values.some((value) =>
    value.startsWith("!") ? texts.some((text) => !matches(text, value.slice(1))) : texts.some((text) => matches(text, value)),
  );

const startsWith = (text: string, prefix: string) => text.startsWith(prefix);

/** Every word of the pattern begins some word of the text, whatever the case. */
function hasWords(text: string, pattern: string): boolean {
  const wanted = words(pattern);
  const found = words(text).map((word) => word.toLowerCase());
  return wanted.length > 0 && wanted.every((word) => found.some((each) => each.startsWith(word.toLowerCase())));
}

/** At one kind of separator, and where a capital letter begins a word; a text with two kinds of separators is one word. */
function words(text: string): string[] {
  const separators = [...new Set(text.match(/[/\-_+=.@]/g))];
  if (separators.length > 1) return [text];
  const parts = separators.length === 1 ? text.split(separators[0]!) : [text];
  return parts.flatMap((part) => part.split(/([^a-z][a-z]+)/)).flatMap((part) => (part.trim() === "" ? [] : [part.trim()]));
}
