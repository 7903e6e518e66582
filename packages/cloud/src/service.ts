/** What a service of the cloud is: its operations, the resource types that CloudFormation makes through it, its life. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Input, OperationName, Output, ServiceId } from "./aws.ts";
import type { AwsError } from "./aws-error.ts";
import type { Cloud } from "./cloud.ts";
import type { Principal } from "./identity/principal.ts";
import type { Readers, ResourceHandlers } from "./resource.ts";

/** Where a call comes from and what it may use. A handler keeps nothing between calls but what it writes to `cloud.store`. */
export interface OperationContext {
  readonly cloud: Cloud;
  readonly account: string;
  readonly region: string;
  readonly principal: Principal;
  /** The id that the caller sees in the answer. */
  readonly requestId: string;
  /** What X-Ray follows: the header `X-Amzn-Trace-Id` of a call that came over HTTP. */
  readonly trace?: string | undefined;
  /** Aborted when the caller hangs up or the cloud stops; long polls and waits end then. */
  readonly signal: AbortSignal;
  /** Calls other services as this caller, in this region: `context.call("sns", "Publish", { … })`. */
  readonly call: Call;
}

/** Calls an operation inside the process: input checked and authorized as one that came over HTTP. */
export type Call = <S extends ServiceId, O extends OperationName<S>>(service: S, operation: O, input: Input<S, O>) => Promise<Output<S, O>>;

export type Operation<S extends ServiceId, O extends string> = (
  input: Input<S, O>,
  context: OperationContext,
) => Output<S, O> | Promise<Output<S, O>>;

/** What a call needs to be allowed: an action on a resource, in view of condition keys (`ecs:cluster`, `aws:RequestTag/…`). */
export interface Authorization {
  /** As `secretsmanager:GetSecretValue`. */
  action: string;
  /** An ARN, or `*` where the action has no resource level. */
  resource: string;
  conditions?: Readonly<Record<string, string | string[]>>;
  /** The same where finding them out takes work, asked for when a policy has a condition. Goes before `conditions`. */
  lateConditions?: () => Readonly<Record<string, string | string[]>>;
  /** The policy on the resource itself, as JSON text, where it has one (bucket, topic, secret, repository). */
  resourcePolicy?: string | undefined;
  /** Whether an access control list on the resource (S3) or a grant (KMS) allows it to this caller. A policy that denies still goes before it. */
  listAllows?: boolean;
  /**
   * Whether the resource's policy alone decides who comes in, services and the account's root too: policies of identities count only where
   * it leaves the decision to the account (KMS keys). Default: no.
   */
  closed?: boolean;
  /** The error for a denial, where the service has words of its own for it. */
  denial?: () => AwsError;
}

export interface Service<S extends ServiceId = ServiceId> {
  readonly id: S;
  readonly operations: { readonly [O in OperationName<S>]?: Operation<S, O> };
  /**
   * What each operation asks of the caller's policies. An operation that is not here asks for `{prefix}:{Operation}` on `*`,
   * so that a policy which names a resource does not allow it: whoever serves an operation on a resource says so here.
   */
  readonly authorize?: { readonly [O in OperationName<S>]?: (input: Input<S, O>, context: OperationContext) => Authorization[] };
  /** The prefix of its actions in policies, where that is not the id (`cloudwatch`, `logs`, `ssm` are). */
  readonly actionPrefix?: string;
  readonly resources?: ResourceHandlers;
  /** How those that stand are read again, for drift. */
  readonly readers?: Readers;
  /** Plain HTTP beside the AWS API, by first path segment below `/_plinth/` (`tasks` serves `/_plinth/tasks/…`). Host and origin are checked already. */
  readonly routes?: Readonly<Record<string, (request: IncomingMessage, response: ServerResponse, cloud: Cloud) => void | Promise<void>>>;
  /** Plain HTTP at a first path segment of its own (`v2` serves `/v2/…`), or at a link's action (`?Unsubscribe` serves `/?Action=Unsubscribe&…`), for requests that are not signed as AWS's are. */
  readonly roots?: Readonly<Record<string, (request: IncomingMessage, response: ServerResponse, cloud: Cloud) => Promise<void>>>;
  /** What pages of other origins may do, where a service has rules for that (S3's buckets). Without: nothing. */
  readonly pages?: PageRules;
  /** The same for connections that ask to be upgraded to a WebSocket. */
  readonly upgrades?: Readonly<Record<string, (request: IncomingMessage, socket: Duplex, head: Buffer, cloud: Cloud) => void>>;
  /** Told of each request to it over HTTP, once it is answered (S3's access logs). It is not waited for. */
  readonly answered?: (answered: AnsweredRequest, cloud: Cloud) => void;
  /**
   * Called before the first call, and from then on at each start of the cloud, as long as its state is kept: resumes what was under way,
   * restarts what ran. Where it has never been called, it makes no calls itself.
   */
  readonly start?: (cloud: Cloud) => Promise<void> | void;
  /** Called at a stop: ends what runs, so that the next start finds its data whole. */
  readonly stop?: (cloud: Cloud) => Promise<void> | void;
  /** Ends all that runs and forgets what is outside the store, before the store is emptied (account reset). */
  readonly reset?: (cloud: Cloud) => Promise<void> | void;
}

/** A request that came over HTTP, once its answer has gone out. */
export interface AnsweredRequest {
  readonly request: IncomingMessage;
  readonly requestId: string;
  readonly operation: string;
  /** The bucket and key in its address, where it is one of S3; the key as it stands there, encoded. */
  readonly bucket: string | undefined;
  readonly key: string | undefined;
  /** Who called; absent where that did not become known. */
  readonly principal: Principal | undefined;
  readonly status: number;
  /** AWS's code, where it failed. */
  readonly errorCode: string | undefined;
  /** Of the answer's body. */
  readonly sentBytes: number;
  /** Of the whole object, where the answer is a part of it. */
  readonly objectBytes: number | undefined;
  readonly startedMs: number;
  readonly answeredMs: number;
}

export interface PageRules {
  /** The headers for the answer to a page that the rules let in; `undefined` where they do not. */
  admit(request: IncomingMessage, cloud: Cloud): Readonly<Record<string, string>> | undefined;
  /** The headers for the answer to an OPTIONS request. Throws AwsError where the rules do not let it in. */
  preflight(request: IncomingMessage, cloud: Cloud): Readonly<Record<string, string>>;
}

/** What is known of a service before it is loaded. */
export interface ServiceEntry<S extends ServiceId = ServiceId> {
  load(): Promise<Service<S>>;
  /** The namespace of its resource types, as `SNS` of `AWS::SNS::Topic`. */
  namespace?: string;
  /** The names in `Service.routes`, `roots` and `upgrades`. */
  routes?: readonly string[];
  roots?: readonly string[];
  upgrades?: readonly string[];
  /** Services that have to be active before it, because it uses what they place in a registry below `runtime/`; they stand before it. */
  needs?: readonly ServiceId[];
}

/** In the order in which they start; they stop the other way round. */
export type ServiceTable = { readonly [S in ServiceId]: ServiceEntry<S> };

/** All of them, loaded and not started: for who asks what there is. */
export async function loadAll(table: ServiceTable): Promise<Service[]> {
  return (await Promise.all(Object.values(table).map(({ load }) => load()))) as Service[];
}

/** Types a service's table of operations. */
export function defineService<S extends ServiceId>(service: Service<S>): Service<S> {
  return service;
}

/** Types one operation, standing alone in its file: `export const createTopic = operation("sns", "CreateTopic", (input, context) => …)`. */
export function operation<S extends ServiceId, O extends OperationName<S>>(
  _service: S,
  _operation: O,
  handler: Operation<S, O>,
): Operation<S, O> {
  return handler;
}
