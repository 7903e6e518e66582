/** What a CloudFormation resource type is in the cloud: how it is made, changed and removed, and how much of it is real. */
import type { ResourceProperties, ResourceType } from "@plinth/cloudformation/resource-types";
import type { Cloud } from "./cloud.ts";
import type { Call } from "./service.ts";

/**
 * How much of a type is real, by property (a dotted path stands for a nested one, `A.B`; naming `A` covers all below it that
 * is not named itself). Every property that AWS publishes is in exactly one place; one that is nowhere is refused.
 */
export interface Coverage<P> {
  /** It acts. */
  real: readonly PropertyPath<P>[];
  /** Kept and answered by describes, without effect. */
  recorded?: readonly PropertyPath<P>[];
  /** Named in an error, with the reason, before anything is made. */
  refused?: { readonly [K in PropertyPath<P>]?: string };
  /** A sentence for docs/parity.md. */
  note?: string;
}

export type PropertyPath<P> = (keyof P & string) | `${keyof P & string}.${string}`;

export interface ResourceRequest<P> {
  readonly cloud: Cloud;
  readonly account: string;
  readonly region: string;
  /** Calls operations as the stack's caller (or its role). */
  readonly call: Call;
  /** The same in another region, for what stands in two. */
  readonly callIn: (region: string) => Call;
  readonly stackName: string;
  readonly stackId: string;
  readonly logicalId: string;
  /** With intrinsics resolved and the schema checked. Stack tags are merged into the type's own tag property already. */
  readonly properties: P;
  /** The stack's tags and CloudFormation's own three (`aws:cloudformation:…`), for types that are tagged by another call. */
  readonly tags: Readonly<Record<string, string>>;
  /**
   * The same at every attempt of the same act, also after a crash: a client token, and the source of `physicalName`.
   * 32 lower-case letters and digits.
   */
  readonly token: string;
  /** A generated name as CloudFormation makes them: `{stack}-{logical id}-{12 characters of the token}`, shortened to `maxLength`. */
  physicalName(maxLength: number, options?: { lowerCase?: boolean }): string;
  /** Aborted when the stack's update is cancelled. */
  readonly signal: AbortSignal;
  /**
   * For a `create` that takes time: tells the engine the physical id as soon as it is known, so that describes show it and a
   * rollback knows what to delete. `waitsFor` says in a stack event what somebody else has to do. Resolves once that is on disk.
   */
  readonly started?: (physicalId: string, waitsFor?: string) => Promise<void>;
}

export interface UpdateRequest<P> extends ResourceRequest<P> {
  readonly physicalId: string;
  readonly previous: P;
}

export interface DeleteRequest<P> extends ResourceRequest<P> {
  readonly physicalId: string;
  /** `Snapshot` for the types that can be snapshotted before they go. */
  readonly policy: "Delete" | "Snapshot";
}

/** What `Ref` and `Fn::GetAtt` give. */
export interface Made {
  /** What `Ref` gives, and the physical resource id. */
  physicalId: string;
  attributes: Record<string, string | number | boolean | string[]>;
}

export interface ResourceHandler<P> {
  readonly coverage: Coverage<P>;
  /** Resolves when the resource is stable. Throws AWS's own error; what it made until then is removed by `delete` when `physicalId` is known (see `MadeInPart`). */
  create(request: ResourceRequest<P>): Promise<Made>;
  /** In place. A change of a property that replaces never comes here. For `maybe` properties `replaces` decides. */
  update?(request: UpdateRequest<P>): Promise<Made>;
  /** Whether this change of properties that replace only sometimes does replace. Default: yes. */
  replaces?(request: { properties: P; previous: P; changed: readonly string[] }): boolean;
  /** Resolves when it is gone; also when it was gone already. */
  delete(request: DeleteRequest<P>): Promise<void>;
  /**
   * After a crash: what an interrupted `create` with the same token had already made, or `undefined`. Without it the engine
   * calls `create` again, which must then be safe to repeat.
   */
  find?(request: ResourceRequest<P>): Promise<Made | undefined>;
}

export interface ReadRequest<P> {
  readonly cloud: Cloud;
  readonly account: string;
  readonly region: string;
  /** Calls operations as whoever asks for the drift. */
  readonly call: Call;
  readonly physicalId: string;
  /** As the template has them: what nobody asks for need not be read. */
  readonly properties: P;
}

/**
 * What a service tells of a resource: its members stand for the properties of the same names, in whatever case. `null` says that the resource
 * does not have it; a member that is not there, that nothing is known of it.
 */
export type Description = Readonly<Record<string, unknown>>;

/** Marks a value in which every member counts, such as a policy's document. */
export class Exact {
  readonly value: unknown;
  constructor(value: unknown) {
    this.value = value;
  }
}

export const exact = (value: unknown): Exact => new Exact(value);

/** Reads what stands, for drift; `undefined` where it is gone. AWS's own errors that say so (`…NotFound`) mean the same. */
export type Reader<P> = (request: ReadRequest<P>) => Promise<Description | undefined>;

export type Readers = { readonly [T in ResourceType]?: Reader<ResourceProperties[T]> };

export type ResourceHandlers = { readonly [T in ResourceType]?: ResourceHandler<ResourceProperties[T]> };

/** Types one handler, standing alone in `services/<service>/resources/<Type>.ts`. */
export function resource<T extends ResourceType>(
  _type: T,
  handler: ResourceHandler<ResourceProperties[T]>,
): ResourceHandler<ResourceProperties[T]> {
  return handler;
}

/** Thrown by `create` when something was made before it failed: the engine then calls `delete` with this id at rollback. */
export class MadeInPart extends Error {
  readonly physicalId: string;
  readonly reason: unknown;
  constructor(physicalId: string, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause));
    this.physicalId = physicalId;
    this.reason = cause;
  }
}
