/** Tagging of services, connectors and configurations. */
import { operation } from "../../../service.ts";
import { requireAutoScaling, saveAutoScaling } from "../auto-scaling.ts";
import { invalidRequest } from "../errors.ts";
import type { Scope } from "../names.ts";
import { requireObservability, saveObservability } from "../observability.ts";
import { requireService, saveService } from "../service.ts";
import { checkCount, listTags, readTags, type Tagged } from "../tags.ts";
import { requireVpcConnector, saveVpcConnector } from "../vpc-connector.ts";

/** What has the ARN, and how it is kept with other tags. */
function find(scope: Scope, arn: string): { record: Tagged; save(tags: Record<string, string>): void } {
  const kind = /^arn:aws:apprunner:[a-z0-9-]+:\d{12}:([a-z]+)\/./.exec(arn)?.[1];
  switch (kind) {
    case "service": {
      const record = requireService(scope, arn);
      return { record, save: (tags) => saveService(scope, { ...record, tags }) };
    }
    case "autoscalingconfiguration": {
      const record = requireAutoScaling(scope, arn);
      return { record, save: (tags) => saveAutoScaling(scope, { ...record, tags }) };
    }
    case "observabilityconfiguration": {
      const record = requireObservability(scope, arn);
      return { record, save: (tags) => saveObservability(scope, { ...record, tags }) };
    }
    case "vpcconnector": {
      const record = requireVpcConnector(scope, arn);
      return { record, save: (tags) => saveVpcConnector(scope, { ...record, tags }) };
    }
    default:
      throw invalidRequest(`Invalid resource ARN: ${arn}.`);
  }
}

export const tagResource = operation("apprunner", "TagResource", (input, context) => {
  const { record, save } = find(context, input.ResourceArn);
  save(checkCount({ ...record.tags, ...readTags(input.Tags) }));
  return {};
});

export const untagResource = operation("apprunner", "UntagResource", (input, context) => {
  const { record, save } = find(context, input.ResourceArn);
  save(Object.fromEntries(Object.entries(record.tags).filter(([key]) => !input.TagKeys.includes(key))));
  return {};
});

export const listTagsForResource = operation("apprunner", "ListTagsForResource", (input, context) => ({
  Tags: listTags(find(context, input.ResourceArn).record),
}));
