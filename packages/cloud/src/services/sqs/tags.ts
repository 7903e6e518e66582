/** The rules of tags on queues. */
import { invalidValue } from "./errors.ts";

const most = 50;

export function checkTags(tags: Readonly<Record<string, string>>, queueName: string): void {
  for (const [key, value] of Object.entries(tags)) {
    if (key.length < 1 || key.length > 128) throw invalidValue("Tag keys must be between 1 and 128 characters in length.");
    if (value.length > 256) throw invalidValue("Tag values must be between 0 and 256 characters in length.");
    if (/^aws:/iu.test(key)) throw invalidValue(`Tag key ${key} is invalid: keys that start with aws: are reserved.`);
  }
  if (Object.keys(tags).filter((key) => !key.startsWith("aws:")).length > most) {
    throw invalidValue(`Too many tags added for queue ${queueName}.`);
  }
}
