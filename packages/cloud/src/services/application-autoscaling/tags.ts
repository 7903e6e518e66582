/** The tags of scalable targets. */
import { check, validation } from "./errors.ts";

const maxTags = 50;

export function checkTags(tags: Readonly<Record<string, string>>): void {
  for (const [key, value] of Object.entries(tags)) {
    check({ "tags.key": [key, { length: [1, 128] }], "tags.value": [value, { length: [0, 256] }] });
    if (/^aws:/iu.test(key)) throw validation(`Tag key ${key} is reserved: keys must not begin with aws:`);
  }
}

export const tooManyTags = (tags: Readonly<Record<string, string>>) => Object.keys(tags).length > maxTags;
