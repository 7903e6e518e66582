/** AddTags, RemoveTags, DescribeTags. */
import { operation } from "../../../service.ts";
import { validationError } from "../errors.ts";
import {
  listeners,
  loadBalancers,
  requireListener,
  requireLoadBalancer,
  requireRule,
  requireTargetGroup,
  rules,
  type Scope,
  targetGroups,
} from "../records.ts";
import { listTags, tagRecord } from "../tags.ts";

/** What `arn` stands for, with a way to write its tags. */
function tagged(scope: Scope, arn: string): { tags: Record<string, string>; write(tags: Record<string, string>): void } {
  const { cloud, region } = scope;
  const held = <T extends { tags: Record<string, string> }>(record: T, put: (record: T) => void) => ({
    tags: record.tags,
    write: (tags: Record<string, string>) => put({ ...record, tags }),
  });
  const kind = /^arn:aws[\w-]*:elasticloadbalancing:[^:]*:\d*:([a-z-]+)\//.exec(arn)?.[1];
  if (kind === "loadbalancer") return held(requireLoadBalancer(scope, arn), (record) => loadBalancers(cloud).put(region, arn, record));
  if (kind === "targetgroup") return held(requireTargetGroup(scope, arn), (record) => targetGroups(cloud).put(region, arn, record));
  if (kind === "listener") return held(requireListener(scope, arn), (record) => listeners(cloud).put(region, arn, record));
  if (kind === "listener-rule") return held(requireRule(scope, arn), (record) => rules(cloud).put(region, arn, record));
  throw validationError(`'${arn}' is not a valid load balancer ARN`);
}

export const addTags = operation("elbv2", "AddTags", (input, context) => {
  context.cloud.store.transaction(() => {
    for (const arn of input.ResourceArns) {
      const found = tagged(context, arn);
      found.write(tagRecord(input.Tags, found.tags));
    }
  });
  return {};
});

export const removeTags = operation("elbv2", "RemoveTags", (input, context) => {
  context.cloud.store.transaction(() => {
    for (const arn of input.ResourceArns) {
      const { tags, write } = tagged(context, arn);
      write(Object.fromEntries(Object.entries(tags).filter(([key]) => !input.TagKeys.includes(key))));
    }
  });
  return {};
});

export const describeTags = operation("elbv2", "DescribeTags", (input, context) => ({
  TagDescriptions: input.ResourceArns.map((ResourceArn) => ({ ResourceArn, Tags: listTags(tagged(context, ResourceArn).tags) })),
}));
