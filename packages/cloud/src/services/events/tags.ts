/** Tags, which buses and rules have. */
import { type Bus, findBus, keepBus, requireBus } from "./bus.ts";
import { check, validation } from "./errors.ts";
import type { Place } from "./place.ts";
import { keepRule, requireRule, type Rule } from "./rule.ts";

const mostTags = 50;

type Tags = readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined;

export function checkTags(tags: Tags): void {
  check({ tags: [tags, { length: [0, mostTags] }] });
  for (const [index, { Key, Value }] of (tags ?? []).entries()) {
    check({
      [`tags.${index + 1}.member.key`]: [Key, { length: [1, 128] }],
      [`tags.${index + 1}.member.value`]: [Value, { length: [0, 256] }],
    });
    if (/^aws:/iu.test(Key ?? "")) throw validation(`Tag key ${Key} is reserved: keys must not begin with aws:`);
  }
}

export const tagRecord = (tags: Tags): Record<string, string> => Object.fromEntries((tags ?? []).map(({ Key, Value }) => [Key, Value]));

export interface Tagged {
  tags: Record<string, string>;
  systemTags: Record<string, string>;
  retag(tags: Record<string, string>): void;
}

/** The bus or rule of an ARN. Throws where there is none. */
export function taggedOf(place: Place, arn: string): Tagged {
  const [, , service, , , resource = ""] = arn.split(":");
  const [kind, ...path] = resource.split("/");
  if (service === "events" && kind === "event-bus") return tagged<Bus>(requireBus(place, path.join("/")), (next) => keepBus(place, next));
  if (service === "events" && kind === "rule") {
    const [first = "", name] = path;
    const bus = name === undefined ? "default" : (findBus(place, first)?.name ?? first);
    return tagged<Rule>(requireRule(place, bus, name ?? first), (next) => keepRule(place, next));
  }
  throw validation(`Parameter ${arn} is not valid. Reason: Provided Arn is not in correct format.`);
}

function tagged<T extends Pick<Tagged, "tags" | "systemTags">>(own: T, keep: (next: T) => void): Tagged {
  return {
    tags: own.tags,
    systemTags: own.systemTags,
    retag(tags) {
      check({ tags: [tags, { length: [0, mostTags] }] });
      keep({ ...own, tags });
    },
  };
}
