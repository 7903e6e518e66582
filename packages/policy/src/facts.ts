/** The resources of a system with their properties resolved, found by type and by what names them. */
import { asFunction, lazyRecord, type DeletionPolicy } from "@plinth/cloudformation";
import { marksOf, resolver, type Resolver } from "./resolve.ts";
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
  key: string | undefined;
  /** `plinth.config.ts:7` */
  source: string | undefined;
}

export interface Facts {
  system: System;
  stacks: readonly StackTemplate[];
  production: boolean;
  /** How many resources there are of each type. */
  counts(): ReadonlyMap<string, number>;
  /** In the order of stacks and templates. */
  all(): Iterable<Resource>;
  /** The resources with a logical id, upper and lower case alike, in the order of stacks. */
  called(logicalId: string): readonly Resource[];
  ofType(...types: string[]): readonly Resource[];
  /** The resource that a value names, by its reference or an attribute. */
  named(value: unknown): Resource | undefined;
  /** All resources that a value names. */
  allNamed(value: unknown): Resource[];
  find(stack: string, logicalId: string): Resource | undefined;
  /** The value of a stack's output. */
  output(name: { stack: string; output: string }): unknown;
}

/** One is made when somebody asks for it, and its properties when they are first asked for: no rule looks at all of them. */
class ReadResource implements Resource {
  readonly id: string;
  readonly logicalId: string;
  readonly type: string;
  readonly reading: Reading;
  #properties: Resource["properties"] | undefined;
  #origin: ResourceOrigin | null | undefined;

  constructor(reading: Reading, logicalId: string, type: string) {
    this.id = `${reading.stack.name}/${logicalId}`;
    this.logicalId = logicalId;
    this.type = type;
    this.reading = reading;
  }

  get stack(): string {
    return this.reading.stack.name;
  }

  get region(): string | undefined {
    return this.reading.stack.region;
  }

  get deletionPolicy(): DeletionPolicy | undefined {
    return this.reading.stack.template.Resources[this.logicalId]!.DeletionPolicy;
  }

  get properties(): Resource["properties"] {
    return (this.#properties ??= this.reading.properties(this.logicalId));
  }

  get key(): string | undefined {
    return this.#from()?.key;
  }

  get source(): string | undefined {
    return this.#from()?.source;
  }

  #from(): ResourceOrigin | null {
    return (this.#origin ??= this.reading.origin?.(this.stack, this.logicalId) ?? null);
  }
}

/** A stack, and what was made of its resources so far. */
class Reading {
  readonly stack: StackTemplate;
  readonly origin: System["origin"];
  readonly resolver: Resolver;
  readonly #resolve: (value: unknown) => unknown;
  readonly #made = new Map<string, ReadResource>();
  #idsByType: Map<string, string[]> | undefined;

  constructor(stack: StackTemplate, origin: System["origin"], resolver: Resolver) {
    this.stack = stack;
    this.origin = origin;
    this.resolver = resolver;
    this.#resolve = (value) => resolver.resolve(stack.name, value);
  }

  properties(logicalId: string): Resource["properties"] {
    const given = this.stack.template.Resources[logicalId]!.Properties ?? {};
    return asFunction(given) ? asRecord(this.#resolve(given)) : lazyRecord(given, this.#resolve);
  }

  find(logicalId: string): ReadResource | undefined {
    let found = this.#made.get(logicalId);
    if (found) return found;
    const { Resources: resources } = this.stack.template;
    if (!Object.hasOwn(resources, logicalId) || !this.isThere(logicalId)) return undefined;
    this.#made.set(logicalId, (found = new ReadResource(this, logicalId, resources[logicalId]!.Type)));
    return found;
  }

  isThere(logicalId: string): boolean {
    const { Condition: condition } = this.stack.template.Resources[logicalId]!;
    return condition === undefined || this.resolver.condition(this.stack.name, condition) !== false;
  }

  /** By type, the resources whose condition may hold. */
  get idsByType(): ReadonlyMap<string, readonly string[]> {
    if (this.#idsByType) return this.#idsByType;
    const ids = (this.#idsByType = new Map<string, string[]>());
    const { Resources: resources } = this.stack.template;
    for (const logicalId in resources) {
      if (!this.isThere(logicalId)) continue;
      const { Type: type } = resources[logicalId]!;
      const alike = ids.get(type);
      if (alike) alike.push(logicalId);
      else ids.set(type, [logicalId]);
    }
    return ids;
  }
}

/** Looks through a system. Resources whose condition does not hold are left out. */
export function factsOf(system: System): Facts {
  const { stacks } = system;
  const read = resolver(stacks);
  const readings = stacks.map((stack) => new Reading(stack, system.origin, read));
  const byName = new Map(readings.map((reading) => [reading.stack.name, reading]));
  const find = (stack: string, logicalId: string) => byName.get(stack)?.find(logicalId);
  const byType = new Map<string, readonly Resource[]>();
  const ofType = (type: string): readonly Resource[] => {
    let alike = byType.get(type);
    if (!alike) {
      alike = readings.flatMap((reading) => (reading.idsByType.get(type) ?? []).map((logicalId) => reading.find(logicalId)!));
      byType.set(type, alike);
    }
    return alike;
  };
  // Rules ask for the same texts over and over.
  const namedBy = new Map<string, Resource[]>();
  const allNamed = (value: unknown): Resource[] => {
    if (typeof value !== "string") return [];
    let found = namedBy.get(value);
    if (!found) {
      found = marksOf(value).flatMap(({ stack, logicalId }) => find(stack, logicalId) ?? []);
      namedBy.set(value, found);
    }
    return found;
  };
  function* all(): Iterable<Resource> {
    for (const reading of readings) {
      for (const logicalId in reading.stack.template.Resources) {
        const found = reading.find(logicalId);
        if (found) yield found;
      }
    }
  }
  let places: ReturnType<typeof placesByLowerCase> | undefined;
  return {
    system,
    stacks,
    production: system.production ?? true,
    counts() {
      const counts = new Map<string, number>();
      for (const { idsByType } of readings) for (const [type, ids] of idsByType) counts.set(type, (counts.get(type) ?? 0) + ids.length);
      return counts;
    },
    all,
    called(logicalId) {
      places ??= placesByLowerCase(readings);
      return (places.get(logicalId.toLowerCase()) ?? []).flatMap((place) => place.reading.find(place.logicalId) ?? []);
    },
    ofType: (...types) => (types.length === 1 ? ofType(types[0]!) : types.flatMap(ofType)),
    named: (value) => allNamed(value)[0],
    allNamed,
    find,
    output: ({ stack, output }) => {
      const declared = stacks.find(({ name }) => name === stack)?.template.Outputs?.[output];
      return declared && read.resolve(stack, declared.Value);
    },
  };
}

/** Where the resources with a logical id stand, by that in lower case. */
function placesByLowerCase(readings: readonly Reading[]): Map<string, { reading: Reading; logicalId: string }[]> {
  const places = new Map<string, { reading: Reading; logicalId: string }[]>();
  for (const reading of readings) {
    for (const logicalId in reading.stack.template.Resources) {
      const name = logicalId.toLowerCase();
      const alike = places.get(name);
      if (alike) alike.push({ reading, logicalId });
      else places.set(name, [{ reading, logicalId }]);
    }
  }
  return places;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A map, whatever stands there. */
export const asRecord = (value: unknown): Readonly<Record<string, unknown>> => (isRecord(value) ? value : {});

/** A list, whatever stands there; a single value as a list of one. */
export const asList = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];

/** The maps of a list. */
export const asRecords = (value: unknown): readonly Readonly<Record<string, unknown>>[] =>
  Array.isArray(value) && value.every(isRecord) ? value : asList(value).map(asRecord);

/** Templates write `true` and `"true"`. */
export const isTrue = (value: unknown): boolean => value === true || value === "true";

/** A number, also where it is written as text. `undefined` for anything else. */
export function asNumber(value: unknown): number | undefined {
  const number = typeof value === "number" ? value : typeof value === "string" && value.trim() !== "" ? Number(value) : Number.NaN;
  return Number.isFinite(number) ? number : undefined;
}
