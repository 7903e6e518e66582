/** Tags of alarms and dashboards. */
import { check } from "./constraints.ts";

export function tagRecord(tags: readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined): Record<string, string> {
  for (const [index, { Key, Value }] of (tags ?? []).entries()) {
    check({
      [`tags.${index + 1}.member.key`]: [Key, { length: [1, 128] }],
      [`tags.${index + 1}.member.value`]: [Value, { length: [0, 256] }],
    });
  }
  return Object.fromEntries((tags ?? []).map(({ Key, Value }) => [Key!, Value!]));
}
