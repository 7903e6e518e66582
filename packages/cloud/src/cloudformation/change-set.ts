/** A change set: a model that a stack might become, and what that would change. */
import type { ChangeSetStatus, ExecutionStatus } from "@aws-sdk/client-cloudformation";
import type { Store } from "../store.ts";
import type { ResourceChange } from "./changes.ts";
import { actualProperties, type ResourceDrift } from "./drift.ts";
import { addTarget, listResources, type Model, putResource, type Stack, type StackResource } from "./stack.ts";

export interface ChangeSet {
  /** Its ARN. */
  id: string;
  name: string;
  stackId: string;
  stackUuid: string;
  type: "CREATE" | "UPDATE";
  status: ChangeSetStatus;
  statusReason?: string;
  execution: ExecutionStatus;
  createdMs: number;
  description?: string;
  model: Model;
  roleArn?: string;
  onStackFailure?: "DO_NOTHING" | "ROLLBACK" | "DELETE";
  changes: ResourceChange[];
  /** As it was asked for; there are no nested stacks in the template then. */
  includeNestedStacks: boolean;
  clientToken?: string;
  /** Of one that reverts drift: what each resource that has drifted really is, by logical id. */
  drift?: Record<string, ResourceDrift>;
}

const changeSets = (store: Store) => store.collection<ChangeSet>("cloudformation.change-set");
const keyOf = ({ stackUuid, id }: ChangeSet) => `${stackUuid}/${id.slice(id.lastIndexOf("/") + 1)}`;

export function putChangeSet(store: Store, region: string, changeSet: ChangeSet): void {
  changeSets(store).put(region, keyOf(changeSet), changeSet);
}

export function dropChangeSet(store: Store, region: string, changeSet: ChangeSet): void {
  changeSets(store).delete(region, keyOf(changeSet));
}

/** Of a stack, the oldest first. */
export function listChangeSets(store: Store, stack: Stack): ChangeSet[] {
  return changeSets(store)
    .list(stack.region, `${stack.uuid}/`)
    .sort((a, b) => a.createdMs - b.createdMs || (a.id < b.id ? -1 : 1));
}

/** Those that can still be executed, or say why not: the executed ones are known by their ARN only. */
export const openChangeSets = (store: Store, stack: Stack): ChangeSet[] =>
  listChangeSets(store, stack).filter(({ execution }) => execution !== "EXECUTE_COMPLETE");

/** By ARN, of any stack of the region. */
export function findChangeSet(store: Store, region: string, id: string): ChangeSet | undefined {
  return changeSets(store)
    .list(region)
    .find((changeSet) => changeSet.id === id);
}

/** After something else has changed the stack: none of its open change sets can be executed any more. Inside a transaction. */
export function makeObsolete(store: Store, stack: Stack, except?: ChangeSet): void {
  for (const changeSet of listChangeSets(store, stack)) {
    if (changeSet.id === except?.id || changeSet.execution !== "AVAILABLE") continue;
    changeSet.execution = "OBSOLETE";
    putChangeSet(store, stack.region, changeSet);
  }
}

/** The stack takes over the change set's model as its target. Inside a transaction. */
export function adopt(store: Store, stack: Stack, changeSet: ChangeSet): void {
  for (const resource of changeSet.drift ? listResources(store, stack) : []) {
    const drift = changeSet.drift![resource.logicalId];
    if (drift) putResource(store, stack, asItIs(stack, changeSet.model.tags, resource, drift));
  }
  addTarget(store, stack, changeSet.model);
  stack.changeSetId = changeSet.id;
  putChangeSet(store, stack.region, { ...changeSet, execution: "EXECUTE_COMPLETE" });
  makeObsolete(store, stack, changeSet);
}

/** The resource as the engine is to see it when drift is reverted: with its actual properties, or not there. */
export function asItIs(stack: Stack, tags: Model["tags"], resource: StackResource, drift: ResourceDrift): StackResource {
  const { current, drift: _, ...rest } = resource;
  if (!current || drift.status === "DELETED") return rest;
  if (drift.status !== "MODIFIED") return resource;
  return { ...rest, current: { ...current, properties: actualProperties(stack, tags, resource, drift) } };
}
