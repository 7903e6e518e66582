/** A stack as it is remembered, and where: by name while it lives, by id for ever. */
import type { ResolvedParameter } from "@plinth/cloudformation";
import type { ResourceStatus, StackDriftStatus, StackStatus } from "@aws-sdk/client-cloudformation";
import type { Principal } from "../identity/principal.ts";
import type { Store } from "../store.ts";
import type { RollbackConfiguration } from "./rollback-triggers.ts";

export interface StackTag {
  Key: string;
  Value: string;
}

/** What a stack is told to be. Numbered within its stack, never changed. */
export interface Model {
  /** As it was given: JSON or YAML. */
  template: string;
  /** What its transforms have made of it, JSON: they are not run again. Absent where it has none. */
  processed?: string;
  /** The template's. */
  description?: string;
  parameters: Record<string, ResolvedParameter>;
  tags: StackTag[];
  capabilities: string[];
  notificationArns: string[];
  rollback?: RollbackConfiguration;
}

/** The template that the stack is made by. */
export const processedTemplate = ({ processed, template }: Model): string => processed ?? template;

export interface StackOutput {
  key: string;
  value: string;
  description?: string;
  exportName?: string;
}

export type OperationType = "CREATE_STACK" | "UPDATE_STACK" | "DELETE_STACK" | "CONTINUE_ROLLBACK" | "ROLLBACK";

/** What a running operation is at, as engine.md's table of phases has it. */
export type Phase = "make" | "undo" | "restore" | "clean" | "delete";

export interface Operation {
  id: string;
  type: OperationType;
  phase: Phase;
  /** Whether the phase `clean` follows a restore. */
  restored?: boolean;
  /** Whom its calls are made as. */
  principal: Principal;
  clientRequestToken?: string;
  /** What to do when making fails. */
  onFailure: "ROLLBACK" | "DELETE" | "DO_NOTHING";
  /** Undoing a creation deletes what its policy would retain. */
  retainExceptOnCreate?: boolean;
  /** At deletion: logical ids that stay. */
  retain?: string[];
  /** At deletion: what cannot be deleted stays, and the stack goes. */
  force?: boolean;
  /** At ContinueUpdateRollback: logical ids that are left as they are. */
  skip?: string[];
  /** When making has to be done. */
  deadlineMs?: number;
  /** What failed while making, with what was tried: it is not tried again after a crash. */
  failed?: { logicalId: string; verb: "create" | "update" }[];
  /** The stack policy that is in force while this update makes things, in the stack's own policy's stead. */
  policyDuringUpdate?: string;
  /** What becomes the stack's policy when this update has succeeded. */
  policyAfter?: string;
  /** When the watch over the rollback triggers ends that follows the making. */
  monitoredUntilMs?: number;
  /** Why the operation is turned back, whatever it has made: a rollback trigger, or a transform that failed. */
  turnedBack?: string;
  /** CancelUpdateStack was called. */
  cancelled?: boolean;
  /** DeleteStack was called while the stack was being created: what follows as soon as nothing is in flight. */
  next?: Operation;
}

export interface Stack {
  /** Its ARN. */
  id: string;
  /** The last part of the ARN, and of the keys of all that belongs to the stack. */
  uuid: string;
  name: string;
  region: string;
  status: StackStatus;
  statusReason?: string;
  createdMs: number;
  updatedMs?: number;
  deletedMs?: number;
  /** The model it is; absent until its first creation succeeded. */
  model?: number;
  /** The model it is becoming, or stands still on the way to. */
  target?: number;
  /** How many models it has had. */
  models: number;
  outputs: StackOutput[];
  /** Names of the exports of other stacks that its template uses. */
  imports: string[];
  changeSetId?: string;
  roleArn?: string;
  disableRollback: boolean;
  timeoutMinutes?: number;
  terminationProtection: boolean;
  /** The stack that this one is a resource of. */
  parentId?: string;
  rootId?: string;
  policy?: string;
  operation?: Operation;
  /** The newest first, the last five. */
  lastOperations: { type: OperationType; id: string; clientRequestToken?: string }[];
  /** The time of its last event: the next one is later. */
  lastEventMs: number;
  drift?: { status: StackDriftStatus; checkedMs: number };
}

/** A physical thing that stands for a logical id. */
export interface Instance {
  /** The same at every attempt to make it. */
  token: string;
  type: string;
  physicalId?: string;
  /** As they were asked for, tags merged, dynamic references unresolved. While it is updated: those of before. */
  properties: Record<string, unknown>;
  attributes: Record<string, string | number | boolean | string[]>;
  /** Logical ids that it refers to or depends on: they go after it. */
  needs: string[];
  /**
   * `creating`: the intent is written, nothing else is known. `failed`: its creation ended with an error. `updating`: from `properties` towards
   * `wanted`, or half way there after a failure.
   */
  state: "creating" | "failed" | "made" | "updating";
  wanted?: Record<string, unknown>;
}

/** Whether it was ever whole: what never was holds nothing that a policy could keep. */
export const wasMade = ({ state }: Instance) => state === "made" || state === "updating";

export interface Garbage extends Instance {
  policy: "Delete" | "Retain" | "Snapshot";
}

export interface StackResource {
  logicalId: string;
  type: string;
  status: ResourceStatus;
  statusReason?: string;
  updatedMs: number;
  /** What describes show: the current instance's, or that of the last one. */
  physicalId: string;
  current?: Instance;
  /** What stood at the last good point, present from the moment an operation touches the resource until it ends well. */
  stable?: { instance?: Instance };
  garbage: Garbage[];
  /** The properties as events show them: JSON, NoEcho values as `****`. */
  shown?: string;
  drift?: { status: "IN_SYNC" | "MODIFIED" | "DELETED" | "NOT_CHECKED"; checkedMs: number; expected?: string; actual?: string };
}

const stacks = (store: Store) => store.collection<Stack>("cloudformation.stack");
/** The uuid of the living stack of a name. */
const names = (store: Store) => store.collection<string>("cloudformation.name");
const models = (store: Store) => store.collection<Model>("cloudformation.model");
const resources = (store: Store) => store.collection<StackResource>("cloudformation.resource");

export function putStack(store: Store, stack: Stack): void {
  stacks(store).put(stack.region, stack.uuid, stack);
  if (stack.status === "DELETE_COMPLETE") {
    if (names(store).get(stack.region, stack.name) === stack.uuid) names(store).delete(stack.region, stack.name);
  } else names(store).put(stack.region, stack.name, stack.uuid);
}

/** By uuid. */
export function getStack(store: Store, region: string, uuid: string): Stack | undefined {
  return stacks(store).get(region, uuid);
}

/** By name (living stacks), or by id (also deleted ones). */
export function findStack(store: Store, region: string, nameOrId: string): Stack | undefined {
  if (!nameOrId.startsWith("arn:")) {
    const uuid = names(store).get(region, nameOrId);
    return uuid === undefined ? undefined : getStack(store, region, uuid);
  }
  const found = getStack(store, region, nameOrId.slice(nameOrId.lastIndexOf("/") + 1));
  return found?.id === nameOrId ? found : undefined;
}

/** All stacks of a region, deleted ones too, the newest first. */
export function listStacks(store: Store, region: string): Stack[] {
  return stacks(store)
    .list(region)
    .sort((a, b) => b.createdMs - a.createdMs || (a.uuid < b.uuid ? -1 : 1));
}

/** Of every region. */
export function allStacks(store: Store): Stack[] {
  return stacks(store)
    .all()
    .map(({ value }) => value);
}

export function getModel(store: Store, stack: Stack, number: number): Model {
  const found = models(store).get(stack.region, `${stack.uuid}/${number}`);
  if (!found) throw new Error(`stack ${stack.name} has no model ${number}`);
  return found;
}

/** Keeps a model as the stack's next, and notes it as what the stack is to become. The caller puts the stack. */
export function addTarget(store: Store, stack: Stack, model: Model): void {
  stack.target = ++stack.models;
  models(store).put(stack.region, `${stack.uuid}/${stack.target}`, model);
}

/** Forgets the models that the stack neither is nor is becoming. */
export function dropOldModels(store: Store, stack: Stack): void {
  for (const { key } of models(store).entries(stack.region, `${stack.uuid}/`)) {
    const number = Number(key.slice(key.lastIndexOf("/") + 1));
    if (number !== stack.model && number !== stack.target) models(store).delete(stack.region, key);
  }
}

/** The model that describes show: what the stack is becoming, else what it is. */
export function shownModel(store: Store, stack: Stack): Model | undefined {
  const number = stack.target ?? stack.model;
  return number === undefined ? undefined : getModel(store, stack, number);
}

/** The topics that its events go to. */
export function notificationTopics(store: Store, stack: Stack): readonly string[] {
  const number = stack.target ?? stack.model;
  return number === undefined ? [] : (models(store).view(stack.region, `${stack.uuid}/${number}`)?.notificationArns ?? []);
}

export function putResource(store: Store, stack: Stack, resource: StackResource): void {
  resources(store).put(stack.region, `${stack.uuid}/${resource.logicalId}`, resource);
}

export function dropResource(store: Store, stack: Stack, logicalId: string): void {
  resources(store).delete(stack.region, `${stack.uuid}/${logicalId}`);
}

/** In the order of their logical ids. */
export function listResources(store: Store, stack: Stack): StackResource[] {
  return resources(store).list(stack.region, `${stack.uuid}/`);
}

/** Every resource of a region whose physical id is this, of living stacks first. */
export function resourcesByPhysicalId(store: Store, region: string, physicalId: string): { stack: Stack; resource: StackResource }[] {
  return resources(store)
    .entries(region)
    .filter(({ value }) => value.physicalId === physicalId)
    .flatMap(({ key, value }) => {
      const stack = getStack(store, region, key.slice(0, key.indexOf("/")));
      return stack ? [{ stack, resource: value }] : [];
    })
    .sort((a, b) => Number(a.stack.status === "DELETE_COMPLETE") - Number(b.stack.status === "DELETE_COMPLETE"));
}
