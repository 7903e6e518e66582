/** News of targets: who put them there (ECS) hears when their health changes or they have drained, and then asks the service how it is. */
import type { Cloud } from "../../cloud.ts";

export interface TargetNews {
  region: string;
  targetGroupArn: string;
}

const key = Symbol("target health news");
const watchers = (cloud: Cloud): Set<(news: TargetNews) => void> => cloud.memory(key, () => new Set());

export function onTargetNews(cloud: Cloud, hear: (news: TargetNews) => void): void {
  watchers(cloud).add(hear);
}

export function tellTargetNews(cloud: Cloud, news: TargetNews): void {
  for (const hear of watchers(cloud)) hear(news);
}
