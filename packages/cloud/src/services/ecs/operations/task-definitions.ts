/** Operations on task definitions. */
import type { Failure } from "@aws-sdk/client-ecs";
import { operation } from "../../../service.ts";
import { systemTagsOf } from "../../../runtime/system-tags.ts";
import { clientError, invalidParameter } from "../errors.ts";
import { lastName } from "../names.ts";
import { page } from "../paging.ts";
import { allServices } from "../service.ts";
import { listTags, readTags } from "../tags.ts";
import { allTasks } from "../task.ts";
import {
  arnOf,
  describeTaskDefinition as describe,
  findTaskDefinition,
  listTaskDefinitions,
  nextRevision,
  removeTaskDefinition,
  saveTaskDefinition,
  type TaskDefinitionRecord,
} from "../task-definition.ts";
import { checkTaskDefinition } from "../task-definition-checks.ts";

export const registerTaskDefinition = operation("ecs", "RegisterTaskDefinition", (input, context) => {
  const definition = checkTaskDefinition(input);
  const tags = { ...readTags(input.tags), ...systemTagsOf(input) };
  const record = context.cloud.store.transaction((): TaskDefinitionRecord => {
    const made: TaskDefinitionRecord = {
      family: input.family,
      revision: nextRevision(context, input.family),
      status: "ACTIVE",
      registeredMs: context.cloud.world.clock.nowMs(),
      registeredBy: context.principal.arn,
      tags,
      definition,
    };
    saveTaskDefinition(context, made);
    return made;
  });
  return { taskDefinition: describe(context, record), ...(input.tags && input.tags.length > 0 && { tags: input.tags }) };
});

export const describeTaskDefinition = operation("ecs", "DescribeTaskDefinition", (input, context) => {
  const found = findTaskDefinition(context, input.taskDefinition);
  if (!found) throw clientError("Unable to describe task definition.");
  return { taskDefinition: describe(context, found), ...(input.include?.includes("TAGS") && { tags: listTags(found.tags) }) };
});

export const deregisterTaskDefinition = operation("ecs", "DeregisterTaskDefinition", (input, context) => {
  const [, revision] = lastName(input.taskDefinition).split(":");
  if (revision === undefined) throw clientError("Revision is missing.");
  if (!/^\d+$/.test(revision)) throw clientError(`Invalid revision number. Number: ${revision}`);
  const found = findTaskDefinition(context, input.taskDefinition);
  if (!found) throw clientError("Unable to describe task definition.");
  if (found.status === "ACTIVE") {
    found.status = "INACTIVE";
    found.deregisteredMs = context.cloud.world.clock.nowMs();
    saveTaskDefinition(context, found);
  }
  return { taskDefinition: describe(context, found) };
});

export const deleteTaskDefinitions = operation("ecs", "DeleteTaskDefinitions", (input, context) => {
  const given = input.taskDefinitions;
  if (given.length === 0) throw invalidParameter("size of TaskDefinition references list must be greater than 0");
  if (given.length > 10) throw invalidParameter("Size of TaskDefinition references list cannot exceed 10");
  const taskDefinitions = [];
  const failures: Failure[] = [];
  for (const each of given) {
    const found = /:\d+$/.test(lastName(each)) ? findTaskDefinition(context, each) : undefined;
    if (!found) {
      failures.push({
        arn: each,
        reason: "The specified task definition does not exist. Specify a valid account, family, revision and try again.",
      });
      continue;
    }
    if (found.status === "ACTIVE") {
      failures.push({
        arn: arnOf(context, found),
        reason: "The specified task definition is still in ACTIVE status. Please deregister the target and try again.",
      });
      continue;
    }
    found.status = "DELETE_IN_PROGRESS";
    found.deleteRequestedMs = context.cloud.world.clock.nowMs();
    saveTaskDefinition(context, found);
    taskDefinitions.push(describe(context, found));
    if (!isUsed(context, found)) removeTaskDefinition(context, found);
  }
  return { taskDefinitions, failures };
});

/** Tasks and services keep the definition that they run until they are gone; AWS waits for that too. */
function isUsed({ cloud, region }: Parameters<typeof findTaskDefinition>[0], { family, revision }: TaskDefinitionRecord): boolean {
  const same = (other: { family: string; revision: number }) => other.family === family && other.revision === revision;
  return (
    allTasks(cloud).some((each) => each.region === region && same(each.task)) ||
    allServices(cloud).some((each) => each.region === region && each.service.status !== "INACTIVE" && each.service.deployments.some(same))
  );
}

export const listTaskDefinitionArns = operation("ecs", "ListTaskDefinitions", (input, context) => {
  const status = input.status ?? "ACTIVE";
  const { familyPrefix, sort = "ASC" } = input;
  const found = listTaskDefinitions(context, familyPrefix).filter((each) => each.status === status);
  // Families in their order, revisions in theirs; all turned round for DESC.
  const ranked = found
    .toSorted((a, b) => (a.family < b.family ? -1 : a.family > b.family ? 1 : a.revision - b.revision))
    .map((each, at) => ({ arn: arnOf(context, each), rank: sort === "DESC" ? found.length - at : at }));
  const { items, nextToken } = page(ranked, {
    size: input.maxResults,
    token: input.nextToken,
    query: `ListTaskDefinitions ${familyPrefix ?? ""} ${status} ${sort}`,
    keyOf: ({ rank }) => String(rank).padStart(8, "0"),
  });
  return { taskDefinitionArns: items.map(({ arn }) => arn), ...(nextToken && { nextToken }) };
});

export const listTaskDefinitionFamilies = operation("ecs", "ListTaskDefinitionFamilies", (input, context) => {
  const { familyPrefix = "", status = "ALL" } = input;
  const active = new Map<string, boolean>();
  for (const { family, status: each } of listTaskDefinitions(context)) {
    if (family.startsWith(familyPrefix)) active.set(family, active.get(family) === true || each === "ACTIVE");
  }
  const families = [...active].filter(([, isActive]) => status === "ALL" || (status === "ACTIVE") === isActive).map(([family]) => family);
  const { items, nextToken } = page(families, {
    size: input.maxResults,
    token: input.nextToken,
    query: `ListTaskDefinitionFamilies ${familyPrefix} ${status}`,
    keyOf: (family) => family,
  });
  return { families: items, ...(nextToken && { nextToken }) };
});
