/** Tags, which groups have and schedules do not. */
import { check, validation } from "./errors.ts";
import { type Group, groups, requireGroup } from "./group.ts";
import type { Place } from "./place.ts";

const maxTags = 200;

export function checkTags(tags: readonly { Key?: string | undefined; Value?: string | undefined }[]): void {
  check({ tags: [tags, { length: [0, maxTags] }] });
  for (const [index, { Key, Value }] of tags.entries()) {
    check({
      [`tags.${index + 1}.member.key`]: [Key, { length: [1, 128] }],
      [`tags.${index + 1}.member.value`]: [Value, { length: [1, 256] }],
    });
    if (/^aws:/iu.test(Key ?? "")) throw validation(`Tag key ${Key} is reserved: keys must not begin with aws:`);
  }
}

/** The group of an ARN, to be tagged. */
export function taggedGroup(place: Place, arn: string): Group {
  const name = /^arn:aws:scheduler:[a-z0-9-]+:\d{12}:schedule-group\/([0-9a-zA-Z-_.]+)$/u.exec(arn)?.[1];
  if (name === undefined) throw validation(`Provided Arn is not in correct format: ${arn}`);
  return requireGroup(place, name);
}

export function retag({ cloud, region }: Place, group: Group, tags: Record<string, string>): void {
  check({ tags: [tags, { length: [0, maxTags] }] });
  groups(cloud).put(region, group.name, { ...group, tags, modifiedMs: cloud.world.clock.nowMs() });
}
