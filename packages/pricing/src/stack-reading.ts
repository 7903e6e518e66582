/**
 * One stack, read without deploying it: parameters given or by default, conditions decided. A resource is made when somebody asks for it:
 * a large system has thousands that cost nothing.
 */
import {
  asFunction,
  evaluate,
  type Evaluation,
  expandLoops,
  lazyRecord,
  membersNamed,
  type Parameter,
  type ReferencedResource,
  references,
  type ResolvedParameter,
  type Template,
} from "@plinth/cloudformation";
import type { SetResource, StackInput } from "./stack-set.ts";

/** A value that only a deploy knows, as text. What it refers to stays readable in it. */
export const mark = (stack: string, logicalId: string, attribute?: string) =>
  `\u27E8${stack}/${logicalId}${attribute === undefined ? "" : `#${attribute}`}\u27E9`;
const marks = /\u27E8([^/\u27E9]+)\/([^#\u27E9]+)(?:#[^\u27E9]*)?\u27E9/g;

/** Whether a text holds something that only a deploy knows. */
export const isOpen = (text: string): boolean => text.includes("\u27E8");

interface Place {
  stack: string;
  logicalId: string;
}

/** What the marks of a text refer to. */
export const marksIn = (text: string): Place[] =>
  isOpen(text) ? [...text.matchAll(marks)].map(([, stack, logicalId]) => ({ stack: stack!, logicalId: logicalId! })) : [];

/** What a stack may ask of the others. */
export interface Around {
  output(stack: string, output: string): string | undefined;
  exported(name: string): string;
}

/** Its properties are looked at when they are first asked for. */
export class ReadResource implements SetResource {
  readonly reading: StackReading;
  readonly logicalId: string;
  readonly type: string;
  /** Once they were asked for. */
  known: SetResource["properties"] | undefined;

  constructor(reading: StackReading, logicalId: string, type: string) {
    this.reading = reading;
    this.logicalId = logicalId;
    this.type = type;
    this.known = undefined;
  }

  get stack(): string {
    return this.reading.name;
  }

  get region(): string {
    return this.reading.region;
  }

  get construct(): string | undefined {
    return constructOf(this.reading.template.Resources[this.logicalId]!.Metadata);
  }

  get properties(): SetResource["properties"] {
    return (this.known ??= lazyRecord(this.reading.template.Resources[this.logicalId]!.Properties ?? {}, this.reading.attempt));
  }
}

/** What it is given by another stack is looked for when it is first asked for: most of what is handed on no price depends on. */
class ReadParameter implements ResolvedParameter {
  readonly noEcho = false;
  readonly stack: string;
  readonly key: string;
  readonly declared: Parameter;
  readonly said: NonNullable<StackInput["parameters"]>[string] | undefined;
  readonly around: Around;
  #text: string | undefined;

  constructor(stack: string, key: string, declared: Parameter, said: ReadParameter["said"], around: Around) {
    this.stack = stack;
    this.key = key;
    this.declared = declared;
    this.said = said;
    this.around = around;
  }

  get given(): string {
    if (this.#text !== undefined) return this.#text;
    const { stack, key, said, around } = this;
    const { Default: preset } = this.declared;
    const otherwise = preset === undefined ? mark(stack, `parameter ${key}`) : [preset].flat().join(",");
    this.#text = otherwise; // where stacks hand on in a circle
    return (this.#text = (typeof said === "object" ? around.output(said.stack, said.output) : said) ?? otherwise);
  }

  get value(): string | string[] {
    const type = String(this.declared.Type);
    const list = type === "CommaDelimitedList" || type.includes("List<") || type.includes("<CommaDelimitedList>");
    return list ? this.given.split(",").map((one) => one.trim()) : this.given;
  }
}

export class StackReading {
  readonly name: string;
  readonly region: string;
  readonly template: Template;
  readonly evaluation: Evaluation;
  readonly parameters: Readonly<Record<string, ReadParameter>>;
  readonly #made = new Map<string, ReadResource>();
  #idsByType: ReadonlyMap<string, readonly string[]> | undefined;

  constructor(
    name: string,
    region: string,
    template: Template,
    parameters: Readonly<Record<string, ReadParameter>>,
    evaluation: Evaluation,
  ) {
    this.name = name;
    this.region = region;
    this.template = template;
    this.parameters = parameters;
    this.evaluation = evaluation;
  }

  /**
   * One value that cannot be known (a part of a list that is not there) must not hide the others. Nor is a map looked at as a whole: of a
   * service's network only whether its tasks have public addresses has a price.
   */
  readonly attempt = (value: unknown): unknown => {
    if (typeof value === "object" && value !== null && !Array.isArray(value) && !asFunction(value))
      return lazyRecord(value as Readonly<Record<string, unknown>>, this.attempt);
    try {
      return this.evaluation.value(value);
    } catch {
      return undefined;
    }
  };

  get empty(): boolean {
    return !Object.keys(this.template.Resources).some((logicalId) => this.evaluation.isActive(logicalId));
  }

  find(logicalId: string): ReadResource | undefined {
    const found = this.#made.get(logicalId);
    if (found) return found;
    const { Resources: resources } = this.template;
    if (!Object.hasOwn(resources, logicalId) || !this.evaluation.isActive(logicalId)) return undefined;
    const resource = new ReadResource(this, logicalId, resources[logicalId]!.Type);
    this.#made.set(logicalId, resource);
    return resource;
  }

  select(wanted: (type: string) => boolean): ReadResource[] {
    const { Resources: resources } = this.template;
    const all: ReadResource[] = [];
    for (const logicalId in resources) {
      if (!wanted(resources[logicalId]!.Type)) continue;
      const found = this.find(logicalId);
      if (found) all.push(found);
    }
    return all;
  }

  ofType(type: string): ReadResource[] {
    this.#idsByType ??= idsByType(this.template);
    return (this.#idsByType.get(type) ?? []).flatMap((logicalId) => this.find(logicalId) ?? []);
  }

  /** What a property refers to: found without its value, which for a container is long. */
  namesIn(logicalId: string, property: string, member: string | undefined): Place[] {
    const written = this.template.Resources[logicalId]!.Properties?.[property];
    const { conditions } = this.evaluation;
    const within = member === undefined ? written : membersNamed(written, member, conditions);
    return references(within, conditions).flatMap(({ name: of }) => {
      if (Object.hasOwn(this.template.Resources, of)) return [{ stack: this.name, logicalId: of }];
      return marksIn(this.parameters[of]?.given ?? "");
    });
  }

  output(output: string): string | undefined {
    const value = this.attempt(this.template.Outputs?.[output]?.Value);
    return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
  }
}

export function readStack({ name, template: written, parameters: given = {} }: StackInput, region: string, around: Around): StackReading {
  const parameters: Record<string, ReadParameter> = {};
  for (const key in written.Parameters) {
    parameters[key] = new ReadParameter(name, key, written.Parameters[key]!, given[key], around);
  }
  // Without the transform no property can hold a loop: then only the names of what is priced are looked at.
  const mayLoop = written.Transform !== undefined || Object.keys(written.Resources).some((key) => key.startsWith("Fn::ForEach::"));
  const template = mayLoop ? expandLoops(written, (key) => parameters[key]?.given) : written;
  const evaluation = evaluate({
    template,
    parameters,
    pseudo: { accountId: "123456789012", region, stackId: mark(name, "AWS::StackId"), stackName: name },
    resource: (logicalId) => (Object.hasOwn(template.Resources, logicalId) ? new StandIn(name, logicalId) : undefined),
    importValue: around.exported,
    zones: (of) => ["a", "b", "c"].map((zone) => `${of}${zone}`),
  });
  return new StackReading(name, region, template, parameters, evaluation);
}

function idsByType({ Resources: resources }: Template): Map<string, string[]> {
  const ids = new Map<string, string[]>();
  for (const logicalId in resources) {
    const { Type: type } = resources[logicalId]!;
    const alike = ids.get(type);
    if (alike) alike.push(logicalId);
    else ids.set(type, [logicalId]);
  }
  return ids;
}

/** The CDK leaves the path of each resource: of `Shop/Api/Service/Service` the construct in the stack is `Api`. */
function constructOf(metadata: unknown): string | undefined {
  const path = (metadata as Record<string, unknown> | undefined)?.["aws:cdk:path"];
  const construct = typeof path === "string" ? path.split("/")[1] : undefined;
  return construct === "" ? undefined : construct;
}

/** What stands for a resource that is not made yet: it has every attribute, each a mark. */
class StandIn implements ReferencedResource {
  readonly stack: string;
  readonly logicalId: string;

  constructor(stack: string, logicalId: string) {
    this.stack = stack;
    this.logicalId = logicalId;
  }

  get physicalId(): string {
    return mark(this.stack, this.logicalId);
  }

  get attributes(): ReferencedResource["attributes"] {
    return new Proxy<object>(this, everyAttribute) as ReferencedResource["attributes"];
  }
}

/** One for all of them. */
const everyAttribute: ProxyHandler<object> = {
  get: (of, name) => mark((of as StandIn).stack, (of as StandIn).logicalId, String(name)),
  // Asked whether there is such an attribute, and of nothing else.
  getOwnPropertyDescriptor: () => ({ configurable: true, enumerable: true, value: undefined }),
};
