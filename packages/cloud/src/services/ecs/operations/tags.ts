/** Tagging of clusters, services, tasks and task definitions. */
import { operation } from "../../../service.ts";
import { findCluster, saveCluster } from "../cluster.ts";
import { clientError, clusterNotFound, invalidParameter, resourceNotFound, serviceNotFound } from "../errors.ts";
import type { Scope } from "../names.ts";
import { findService, saveService } from "../service.ts";
import { checkCount, listTags, readTags } from "../tags.ts";
import { findTask, saveTask } from "../task.ts";
import { taskRuns } from "../task-run.ts";
import { findTaskDefinition, saveTaskDefinition } from "../task-definition.ts";

interface Tagged {
  tags: Record<string, string>;
  save(tags: Record<string, string>): void;
}

function find(scope: Scope, arn: string): Tagged {
  const match = /^arn:aws[a-z-]*:ecs:([a-z0-9-]+):\d{12}:([a-z-]+)\/(.+)$/.exec(arn);
  if (!match) throw invalidParameter("The ARN provided is invalid.");
  const [, , kind, name] = match;
  const [cluster = "", own = ""] = name!.split("/");
  switch (kind) {
    case "cluster": {
      const found = findCluster(scope, name);
      if (!found) throw clusterNotFound();
      return { tags: found.tags, save: (tags) => saveCluster(scope, { ...found, tags }) };
    }
    case "service": {
      const found = findService(scope, cluster, own);
      if (!found) throw serviceNotFound();
      return { tags: found.tags, save: (tags) => saveService(scope, { ...found, tags }) };
    }
    case "task": {
      const found = taskRuns(scope.cloud).get(own)?.task ?? findTask(scope, cluster, own);
      if (!found) throw resourceNotFound();
      return { tags: found.tags, save: (tags) => saveTask(scope, Object.assign(found, { tags })) };
    }
    case "task-definition": {
      const found = findTaskDefinition(scope, arn);
      if (!found) throw clientError("Unable to describe task definition.");
      return { tags: found.tags, save: (tags) => saveTaskDefinition(scope, { ...found, tags }) };
    }
    default:
      throw invalidParameter("The ARN provided is invalid.");
  }
}

export const tagResource = operation("ecs", "TagResource", (input, context) => {
  const found = find(context, input.resourceArn);
  const tags = { ...found.tags, ...readTags(input.tags) };
  checkCount(tags);
  found.save(tags);
  return {};
});

export const untagResource = operation("ecs", "UntagResource", (input, context) => {
  const found = find(context, input.resourceArn);
  found.save(Object.fromEntries(Object.entries(found.tags).filter(([key]) => !input.tagKeys.includes(key))));
  return {};
});

export const listTagsForResource = operation("ecs", "ListTagsForResource", (input, context) => ({
  tags: listTags(find(context, input.resourceArn).tags),
}));
