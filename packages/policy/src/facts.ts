/** The resources of a system with their properties resolved, found by type and by what names them. */
import { asFunction, lazyRecord, type DeletionPolicy } from "@plinth/cloudformation";
import { marksOf, resolver } from "./resolve.ts";
import type { ResourceOrigin, StackTemplate, System } from "./system.ts";

/** A resource as far as its template tells. */
export interface Resource {
  /** `stack/LogicalId` */
  id: string;
  stack: string;
  logicalId: string;
  type: string;
  region: string | undefined;
  properties: Readonly<Record<string, unknown>>;
  deletionPolicy: DeletionPolicy | undefined;
  /** The inventory key of the app, where it comes from one. */
  key?: string;
  /** `plinth.config.ts:7` */
  source?: string;
}

export interface Facts {
  system: System;
  stacks: readonly StackTemplate[];
  production: boolean;
  resources: readonly Resource[];
  ofType(...types: string[]): Resource[];
  /** The resource that a value names, by its reference or an attribute. */
  named(value: unknown): Resource | undefined;
  /** All resources that a value names. */
  allNamed(value: unknown): Resource[];
  find(stack: string, logicalId: string): Resource | undefined;
  /** The value of a stack's output. */
  output(name: { stack: string; output: string }): unknown;
}

/** Its properties are looked at when they are first asked for: no rule looks at all of them. */
class ReadResource implements Resource {
  readonly id: string;
  readonly stack: string;
  readonly logicalId: string;
  readonly type: string;
  readonly region: string | undefined;
  readonly deletionPolicy: DeletionPolicy | undefined;
  readonly key?: string;
  readonly source?: string;
  #properties: Resource["properties"] | undefined;
  readonly #resolve: () => Resource["properties"];

  constructor(stack: StackTemplate, logicalId: string, origin: ResourceOrigin | undefined, resolve: () => Resource["properties"]) {
    const { Type: type, DeletionPolicy: deletionPolicy } = stack.template.Resources[logicalId]!;
    this.id = `${stack.name}/${logicalId}`;
    this.stack = stack.name;
    this.logicalId = logicalId;
    this.type = type;
    this.region = stack.region;
    this.deletionPolicy = deletionPolicy;
    if (origin) this.key = origin.key;
    if (origin?.source !== undefined) this.source = origin.source;
    this.#resolve = resolve;
  }

  get properties(): Resource["properties"] {
    return (this.#properties ??= this.#resolve());
  }
}

/** Looks through a system. Resources whose condition does not hold are left out. */
export function factsOf(system: System): Facts {
  const { stacks } = system;
  const { resolve, condition } = resolver(stacks);
  const resources: Resource[] = [];
  const byId = new Map<string, Resource>();
  const byType = new Map<string, Resource[]>();
  for (const stack of stacks) {
    const { name, template } = stack;
    for (const [logicalId, one] of Object.entries(template.Resources)) {
      if (one.Condition !== undefined && condition(name, one.Condition) === false) continue;
      const given = one.Properties ?? {};
      const resource = new ReadResource(stack, logicalId, system.origin?.(name, logicalId), () =>
        asFunction(given) ? asRecord(resolve(name, given)) : lazyRecord(given, (value) => resolve(name, value)),
      );
      resources.push(resource);
      byId.set(resource.id, resource);
      const alike = byType.get(one.Type);
      if (alike) alike.push(resource);
      else byType.set(one.Type, [resource]);
    }
  }
  // Rules ask for the same texts over and over.
  const namedBy = new Map<string, Resource[]>();
  const allNamed = (value: unknown): Resource[] => {
    if (typeof value !== "string") return [];
    let found = namedBy.get(value);
    if (!found) {
      found = marksOf(value).flatMap(({ stack, logicalId }) => byId.get(`${stack}/${logicalId}`) ?? []);
      namedBy.set(value, found);
    }
    return found;
  };
  return {
    system,
    stacks,
    production: system.production ?? true,
    resources,
    ofType: (...types) => types.flatMap((type) => byType.get(type) ?? []),
    named: (value) => allNamed(value)[0],
    allNamed,
    find: (stack, logicalId) => byId.get(`${stack}/${logicalId}`),
    output: ({ stack, output }) => {
      const declared = stacks.find(({ name }) => name === stack)?.template.Outputs?.[output];
      return declared && resolve(stack, declared.Value);
    },
  };
}

/** A map, whatever stands there. */
export const asRecord = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};

/** A list, whatever stands there; a single value as a list of one. */
export const asList = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];

/** The maps of a list. */
export const asRecords = (value: unknown): Readonly<Record<string, unknown>>[] => asList(value).map(asRecord);

/** Templates write `true` and `"true"`. */
export const isTrue = (value: unknown): boolean => value === true || value === "true";

/** A number, also where it is written as text. `undefined` for anything else. */
export function asNumber(value: unknown): number | undefined {
  const number = typeof value === "number" ? value : typeof value === "string" && value.trim() !== "" ? Number(value) : Number.NaN;
  return Number.isFinite(number) ? number : undefined;
}
