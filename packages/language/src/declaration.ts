/**
 * What a constructor of the language returns: a value without a name, pure data below one hidden symbol. The public members of such a value
 * are its facets only, so that an editor completes nothing else.
 */
import type { AlarmsOptions } from "./alarms.ts";
import type { AppRunnerOptions } from "./app-runner.ts";
import type { AuroraOptions } from "./aurora.ts";
import type { AwsOptions } from "./aws.ts";
import type { BucketOptions } from "./bucket.ts";
import type { ExistingOptions } from "./existing.ts";
import type { FileSystemOptions } from "./file-system.ts";
import type { ImageOptions } from "./image.ts";
import type { LoadBalancerOptions } from "./load-balancer.ts";
import type { PostgresOptions } from "./postgres.ts";
import type { QueueOptions } from "./queue.ts";
import type { RedisOptions } from "./redis.ts";
import type { SecretOptions } from "./secret.ts";
import type { Entrance, ServiceOptions } from "./service.ts";
import type { SettingOptions } from "./setting.ts";
import type { TaskOptions } from "./task.ts";
import type { TopicOptions } from "./topic.ts";
import type { VpcOptions } from "./vpc.ts";
import { callSite, type Source } from "./source.ts";
import type { EnvValue } from "./env.ts";

/** The options of every kind of declaration. */
export interface OptionsByKind {
  alarms: AlarmsOptions;
  appRunner: AppRunnerOptions;
  aurora: AuroraOptions;
  aws: AwsOptions;
  bucket: BucketOptions;
  existing: ExistingOptions;
  fileSystem: FileSystemOptions;
  image: ImageOptions;
  loadBalancer: LoadBalancerOptions;
  postgres: PostgresOptions;
  queue: QueueOptions<true> | QueueOptions<false>;
  redis: RedisOptions;
  secret: SecretOptions;
  service: ServiceOptions<number | undefined> & { readonly entrance?: Entrance };
  setting: SettingOptions;
  task: TaskOptions;
  topic: TopicOptions;
  vpc: VpcOptions;
}

export type Kind = keyof OptionsByKind;

/** The hidden data of a declaration. */
export interface Declared<K extends Kind = Kind> {
  readonly kind: K;
  /** What the user wrote: one kind can have several words. */
  readonly word: string;
  readonly options: OptionsByKind[K];
  /** Where the constructor was called. */
  readonly source: Source | undefined;
  /** What `addEnv` added, in order. */
  readonly addedEnv: Record<string, EnvValue>[];
}

/** Any declaration, by its kind. */
export type AnyDeclared = { [K in Kind]: Declared<K> }[Kind];

/** The symbol below which a declaration keeps its data. One for all copies of this package in a process. */
export const declared: unique symbol = Symbol.for("plinth.declared");

/** The symbol below which a facet keeps what it is a facet of. */
export const facetOf: unique symbol = Symbol.for("plinth.facet");

/** A value that a constructor returned. */
export interface Declaration<K extends Kind = Kind> {
  readonly [declared]: Declared<K>;
}

/** Something of a declaration that is not the whole: its host, the permission to publish. */
export interface Facet {
  readonly [facetOf]: FacetData;
}

export interface FacetData {
  readonly of: AnyDeclared;
  /** `host`, `readOnly`, `field`, `allow`, `attribute`. */
  readonly facet: string;
  /** What the facet was given: the field's name, the actions. */
  readonly detail?: string | readonly string[];
}

/** What was noted while an app's function ran. */
export interface Notes {
  readonly declarations: AnyDeclared[];
  /** Things that were joined into a string. */
  readonly joined: { readonly of: AnyDeclared; readonly source: Source | undefined }[];
}

/** The notes of the app's function that runs right now. A constructor has no other way to know it: it is called without a context. */
let notes: Notes | undefined;

/** Runs an app's function and notes what it declares. */
export function noting<T>(run: () => T): { value: T; notes: Notes } {
  const outer = notes;
  const own: Notes = { declarations: [], joined: [] };
  notes = own;
  try {
    return { value: run(), notes: own };
  } finally {
    notes = outer;
  }
}

/** Makes a declaration: its data, its facets, and the refusal to become a string. `Value` says what the type system knows beyond that. */
export function declare<K extends Kind, Value extends Declaration<K>>(
  kind: K,
  options: OptionsByKind[K],
  facets: (own: AnyDeclared) => object = () => ({}),
  word: string = kind,
): Value {
  const own = { kind, word, options, source: callSite(), addedEnv: [] } as Declared<K>;
  const any = own as unknown as AnyDeclared;
  notes?.declarations.push(any);
  return withoutString({ ...facets(any), [declared]: own }, any) as unknown as Value;
}

/** Makes a facet of a declaration. `Value` says where it may stand. */
export function facet<Value>(of: AnyDeclared, name: string, detail?: string | readonly string[]): Value {
  const data: FacetData = detail === undefined ? { of, facet: name } : { of, facet: name, detail };
  return withoutString({ [facetOf]: data }, of) as unknown as Value;
}

/** A reference has no text before the deploy: joining it into a string is noted as a fault, and its place is marked. */
function withoutString<T extends object>(value: T, of: AnyDeclared): T {
  const join = (): string => {
    if (!notes) throw new TypeError(`a ${of.word} is joined into a string: its address is known only after the deploy; write text\`…\``);
    notes.joined.push({ of, source: callSite() });
    return `(${of.word})`;
  };
  return Object.defineProperties(value, {
    [Symbol.toPrimitive]: { value: join },
    toString: { value: join },
    toJSON: { value: join },
  });
}

/** The data of a declaration, or `undefined` for anything else. */
export function declaredOf(value: unknown): AnyDeclared | undefined {
  if (typeof value !== "object" || value === null || !(declared in value)) return undefined;
  return value[declared] as AnyDeclared;
}

/** The data of a facet, or `undefined` for anything else. */
export function facetDataOf(value: unknown): FacetData | undefined {
  if (typeof value !== "object" || value === null || !(facetOf in value)) return undefined;
  return value[facetOf] as FacetData;
}
